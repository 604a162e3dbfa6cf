//! A scope may be polled under any executor, whose wakers may panic.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use foster::{Supervisor, root, scope};
use tokio_util::sync::CancellationToken;

use crate::support::{Probes, both, in_time};

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_being_cancelled() {
    both(async || {
        let probes = Probes::new();
        let token = CancellationToken::new();
        let sup = Supervisor::builder("wakers").build();
        let mut first = pin!(
            scope!(|s| {
                for _ in 0..20 {
                    let probe = probes.probe();
                    s.launch(async move {
                        let _probe = probe;
                        pending::<()>().await;
                    });
                }
                pending::<()>().await;
            })
            .cancelled_by(token.clone())
        );
        let waker = Waker::from(Arc::new(Panics));
        assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        tokio::task::yield_now().await;
        // Wakes the scope, by the waker that panics.
        assert!(std::panic::catch_unwind(|| token.cancel()).is_ok() || token.is_cancelled());
        assert!(in_time(first).await.is_err());
        probes.all_dropped(20);
        assert!(in_time(sup.join()).await.is_clean());
        in_time(root().drained()).await;
    });
}
