//! What fails after its scope was dropped has no parent any more, and is told all the same (R2, R3).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::{root, scope, shield, try_scope};
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

#[test]
fn error_of_a_body_whose_scope_is_dropped_while_it_drains_is_not_silent() {
    both(async || {
        let (go, drains) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (goes, ended) = (Arc::clone(&go), Arc::clone(&drains));
        let mut lost = Box::pin(try_scope!(|s| -> Result<(), Fault> {
            let _ended = OnDrop::new(|| ended.store(true, Ordering::SeqCst));
            let started = Arc::new(Notify::new());
            let starts = Arc::clone(&started);
            s.launch(async move {
                shield!({
                    starts.notify_one();
                    goes.notified().await;
                })
                .await;
                Ok::<_, Fault>(())
            });
            started.notified().await;
            Err(Fault("the body's"))
        }));
        while !drains.load(Ordering::SeqCst) {
            assert!(poll_once(&mut lost).await.is_pending());
            tokio::task::yield_now().await;
        }
        drop(lost);
        go.notify_one();
        root().drained().await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("the body's"), "{traces:?}");
    });
}
