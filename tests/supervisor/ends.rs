//! What a supervisor leaves when it is dropped (R2), and supervisors within others.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, scope};
use tokio::sync::oneshot;

use crate::support::{Probes, both, poll_once, until};

#[test]
fn a_dropped_supervisor_cancels_its_tasks_and_the_scope_around_waits_for_them() {
    both(async || {
        let probes = Probes::slow();
        let made = probes.clone();
        scope!(|s| {
            let sup = Supervisor::builder("shop").grace(Duration::MAX).build();
            for _ in 0..5 {
                let probe = made.probe();
                sup.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
            }
            let (go, goes) = oneshot::channel::<()>();
            let mut shield = sup.shield(goes);
            assert!(poll_once(&mut shield).await.is_pending());
            assert_eq!(s.live(), 0, "a living supervisor is not the scope's");
            drop(sup);
            assert_eq!(s.live(), 1, "what it bequeathed counts as one");
            until(|| made.dropped() == 5).await;
            go.send(()).expect("the shield is alive");
        })
        .await;
        probes.all_dropped(5);
    });
}

#[test]
fn a_run_until_join_or_shutdown_that_is_dropped_drops_the_supervisor() {
    both(async || {
        let probes = Probes::new();
        for way in 0..3 {
            let sup = Supervisor::builder("shop").build();
            let probe = probes.probe();
            sup.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            // Dropped where nothing of it has run yet.
            match way {
                0 => drop(sup.run_until(pending::<()>())),
                1 => drop(sup.join()),
                _ => drop(sup.shutdown()),
            }
            let sup = Supervisor::builder("shop").build();
            let probe = probes.probe();
            sup.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            // Dropped at its first await.
            match way {
                0 => assert!(
                    poll_once(&mut Box::pin(sup.run_until(pending::<()>()))).await.is_pending()
                ),
                1 => assert!(poll_once(&mut Box::pin(sup.join())).await.is_pending()),
                _ => assert!(poll_once(&mut Box::pin(sup.shutdown())).await.is_pending()),
            }
        }
        foster::root().drained().await;
        probes.all_dropped(6);
    });
}

#[test]
fn a_supervisor_dropped_on_a_plain_thread_leaves_its_tasks_to_the_root_of_its_runtime() {
    both(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").build();
        let probe = probes.probe();
        sup.launch(async move {
            let _probe = probe;
            pending::<()>().await;
        });
        std::thread::spawn(move || drop(sup)).join().expect("the drop does not panic");
        foster::root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_supervisor_that_a_scope_returns_is_not_counted_by_it() {
    both(async || {
        let (go, goes) = oneshot::channel::<()>();
        let sup = scope!(|_s| {
            let sup = Supervisor::builder("shop").build();
            sup.launch(async move {
                goes.await.expect("it is let go on after the scope's end");
            });
            sup
        })
        .await;
        assert_eq!(sup.live(), 1, "its task lives on");
        go.send(()).expect("the task is alive");
        let report = sup.join().await;
        assert_eq!((report.finished, report.cancelled), (1, 0));
    });
}

#[test]
fn what_a_returned_supervisor_leaves_goes_to_the_next_living_owner_above() {
    both(async || {
        let probes = Probes::slow();
        let made = probes.clone();
        scope!(|_outer| {
            let sup = scope!(|_inner| Supervisor::builder("shop").build()).await;
            let probe = made.probe();
            sup.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            drop(sup);
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_request_flows_down_to_nested_supervisors_and_never_up() {
    both(async || {
        let parent = Supervisor::builder("parent").build();
        let up = parent.spawner();
        let (send, nested) = oneshot::channel();
        parent.launch(async move {
            let inner = Supervisor::builder("inner").build();
            let innermost = Supervisor::builder("brother").build();
            send.send((innermost.spawner(), inner.spawner())).expect("the test waits");
            let ended = innermost.run_until(pending::<()>()).await;
            assert!(ended.is_clean());
            let ended = inner.run_until(pending::<()>()).await;
            assert!(ended.is_clean());
        });
        let (brother, inner) = nested.await.expect("the nested are built");
        brother.shutdown();
        brother.shutdown_requested().await;
        assert!(!up.is_shutting_down() && !inner.is_shutting_down(), "not up, nor sideways");
        up.shutdown();
        inner.shutdown_requested().await;
        assert!(inner.is_shutting_down());
        assert_eq!(parent.join().await.finished, 1);
    });
}

#[test]
fn a_supervisor_in_the_body_of_a_dropped_scope_leaves_its_tasks_to_the_owner_above() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        scope!(|_outer| {
            let mut inner = Box::pin(scope!(|_inner| {
                let sup = Supervisor::builder("shop").build();
                sup.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                sup.run_until(pending::<()>()).await.is_clean()
            }));
            assert!(poll_once(&mut inner).await.is_pending());
        })
        .await;
        probes.all_dropped(1);
    });
}

/// Its own task drops it, or ends it: that task is cancelled like the others, and nobody hangs.
#[test]
fn a_supervisor_may_be_dropped_or_shut_down_by_its_own_task() {
    both(async || {
        for is_dropped in [true, false] {
            let probes = Probes::slow();
            let (sibling, own) = (probes.probe(), probes.probe());
            let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
            let (send, itself) = oneshot::channel::<Supervisor>();
            sup.launch(async move {
                let _sibling = sibling;
                pending::<()>().await;
            });
            sup.launch(async move {
                let _own = own;
                let itself = itself.await.expect("it is sent");
                if is_dropped {
                    drop(itself);
                } else {
                    let report = itself.shutdown().await;
                    unreachable!("who waits for its own end is cancelled: {report}");
                }
                pending::<()>().await;
            });
            assert!(send.send(sup).is_ok(), "its task waits for it");
            until(|| probes.dropped() == 2).await;
            probes.all_dropped(2);
        }
    });
}
