//! What is forgotten: its tasks still end with the owner above, and nothing waits for ever (R13).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::scope;
use tokio::sync::Notify;

use crate::support::{Probes, both, forget, poll_once};

#[test]
fn scope_that_is_forgotten_before_its_first_poll_is_nothing() {
    both(async || {
        let ran = AtomicBool::new(false);
        let live = scope!(|s| {
            forget(Box::pin(scope!(|s| {
                ran.store(true, Ordering::SeqCst);
                s.launch(pending::<()>());
            })));
            s.spawn(async { 1 }).await;
            s.live()
        })
        .await;
        assert_eq!((live, ran.load(Ordering::SeqCst)), (0, false));
    });
}

#[test]
fn tasks_of_a_forgotten_scope_are_ended_by_the_owner_above() {
    both(async || {
        let (tasks, local) = (Probes::slow(), Probes::new());
        scope!(|s| {
            let mut inner = Box::pin(scope!(|s| {
                let _local = local.probe();
                let (parked, a, b) = (Arc::new(Notify::new()), tasks.probe(), tasks.probe());
                let child_parked = Arc::clone(&parked);
                s.launch(async move {
                    let _probe = a;
                    child_parked.notify_one();
                    pending::<()>().await;
                });
                s.background(async move {
                    let _probe = b;
                    pending::<()>().await;
                });
                parked.notified().await;
                pending::<()>().await;
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            forget(inner);
            assert_eq!(s.spawn(async { 1 }).await, 1, "the scope around it goes on");
        })
        .await;
        tasks.all_dropped(2);
        assert_eq!((local.made(), local.dropped()), (1, 0), "what is forgotten stays so");
    });
}

#[test]
fn forgotten_handle_holds_nothing_up() {
    both(async || {
        let (held, value) = (Probes::slow(), Probes::new());
        scope!(|s| {
            let (a, b, leaked) = (held.probe(), held.probe(), value.probe());
            let child = s.spawn(async move {
                tokio::task::yield_now().await;
                drop(a);
                1
            });
            let with_value = s.spawn(async move {
                drop(b);
                leaked
            });
            forget((child, with_value));
        })
        .await;
        held.all_dropped(2);
        assert_eq!((value.made(), value.dropped()), (1, 0), "it leaked with its handle");
    });
}
