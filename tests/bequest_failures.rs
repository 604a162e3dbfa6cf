//! What fails after its scope was dropped has no parent any more, and is told all the same (R2, R3).

use std::future::pending;
use std::sync::Arc;

use foster::{root, scope, try_scope};
use tokio::sync::Notify;

use crate::support::{Fault, Gate, OnDrop, both, poll_once, single, traces};

#[test]
fn panic_of_a_bequeathed_child_is_not_silent() {
    single(async || {
        let mut lost = Box::pin(scope!(|s| {
            s.launch(async {
                let _bomb = OnDrop::new(|| panic!("too late"));
                pending::<()>().await;
            });
            pending::<()>().await;
        }));
        assert!(poll_once(&mut lost).await.is_pending());
        tokio::task::yield_now().await;
        drop(lost);
        root().drained().await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("too late"), "{traces:?}");
    });
}

#[test]
fn error_of_a_bequeathed_child_is_not_silent() {
    both(async || {
        let (gate, started) = (Gate::new(), Arc::new(Notify::new()));
        let (work_gate, work_started) = (gate.clone(), Arc::clone(&started));
        let mut lost = Box::pin(try_scope!(|s| -> Result<(), Fault> {
            let work = s.spawn_blocking(move || {
                work_started.notify_one();
                work_gate.pass();
                Err::<(), _>(Fault("too late"))
            });
            work.await;
            Ok(())
        }));
        assert!(poll_once(&mut lost).await.is_pending());
        started.notified().await;
        drop(lost);
        gate.open();
        root().drained().await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("too late"), "{traces:?}");
    });
}

#[test]
fn error_that_a_scope_is_dropped_with_is_not_silent() {
    single(async || {
        let mut lost = Box::pin(try_scope!(|s| -> Result<(), Fault> {
            s.launch(async { Err(Fault("never read")) });
            pending().await
        }));
        assert!(poll_once(&mut lost).await.is_pending());
        // The child fails, and nobody polls the scope any more.
        tokio::task::yield_now().await;
        drop(lost);
        root().drained().await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("never read"), "{traces:?}");
    });
}

#[test]
fn panic_of_a_dropped_bodys_destructor_is_not_silent() {
    single(async || {
        let lost = scope!(|s| {
            let _bomb = OnDrop::new(|| panic!("in the body"));
            s.launch(pending::<()>());
            pending::<()>().await;
        });
        let mut lost = Box::pin(lost.named("checkout"));
        assert!(poll_once(&mut lost).await.is_pending());
        drop(lost);
        root().drained().await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("`checkout`"), "{traces:?}");
        assert!(traces[0].text.contains("in the body"), "{traces:?}");
    });
}
