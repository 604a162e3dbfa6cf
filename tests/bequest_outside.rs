//! What is opened outside of a runtime has an heir, too: a root of its own, for which each root waits
//! (R2).

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use foster::{Supervisor, root, scope};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::support::{Probe, Probes, in_time};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("it can be built")
}

/// A task that never ends by itself, and says when it runs.
async fn parked(probe: Probe, runs: Arc<Notify>) {
    let _probe = probe;
    runs.notify_one();
    pending::<()>().await;
}

#[test]
fn a_supervisor_that_is_built_and_dropped_outside_of_a_runtime_has_an_heir() {
    for drops_inside in [false, true] {
        let (runtime, probes) = (runtime(), Probes::slow());
        let sup = Supervisor::builder("outside").build();
        runtime.block_on(async {
            let runs = Arc::new(Notify::new());
            sup.launch(parked(probes.probe(), Arc::clone(&runs)));
            runs.notified().await;
        });
        let mut left = Some(sup);
        if !drops_inside {
            drop(left.take());
        }
        runtime.block_on(async {
            drop(left);
            in_time(root().drained()).await;
            probes.all_dropped(1);
        });
    }
}

#[test]
fn a_scope_that_is_first_polled_and_dropped_outside_of_a_runtime_has_an_heir() {
    let (runtime, probes, runs) = (runtime(), Probes::slow(), Arc::new(Notify::new()));
    let (handle, probe, starts) = (runtime.handle().clone(), probes.probe(), Arc::clone(&runs));
    let mut outside: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
        scope!(|s| {
            {
                let _entered = handle.enter();
                s.launch(parked(probe, starts));
            }
            pending::<()>().await;
        })
        .await;
    });
    assert!(outside.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    runtime.block_on(runs.notified());
    drop(outside);
    runtime.block_on(async {
        in_time(root().drained()).await;
        probes.all_dropped(1);
    });
}
