//! Soundness (R13): whatever future of foster is forgotten, its tasks stay owned, and the owner
//! above still ends.

use std::future::pending;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::{Spawner, Supervisor, checkpoint, root, scope, shield, try_scope};
use tokio::sync::oneshot;

use crate::support::{Fault, Polls, Probe, Probes, both, forget, multi, poll_once, until};

/// A task that never ends by itself.
async fn parked(probe: Probe) {
    let _probe = probe;
    pending::<()>().await;
}

#[test]
fn a_forgotten_scope_is_cancelled_and_awaited_by_the_scope_around() {
    both(async || {
        let probes = Probes::slow();
        scope!(|_outer| {
            for _ in 0..5 {
                let (child, helper) = (probes.probe(), probes.probe());
                let mut inner = Box::pin(scope!(|s| {
                    s.launch(parked(child));
                    s.background(parked(helper));
                    pending::<()>().await;
                }));
                assert!(poll_once(&mut inner).await.is_pending());
                forget(inner);
            }
        })
        .await;
        probes.all_dropped(10);
    });
}

#[test]
fn a_scope_forgotten_in_a_child_does_not_outlive_the_owner_of_the_child() {
    both(async || {
        let probes = Probes::slow();
        let made = probes.clone();
        let sup = Supervisor::builder("shop").build();
        for _ in 0..5 {
            let probe = made.probe();
            sup.launch(async move {
                let mut inner = Box::pin(scope!(|s| {
                    s.launch(parked(probe));
                    pending::<()>().await;
                }));
                assert!(poll_once(&mut inner).await.is_pending());
                forget(inner);
            });
        }
        let report = sup.join().await;
        probes.all_dropped(5);
        assert_eq!(report.finished, 5);
        assert!(report.is_clean(), "{report}");
    });
}

/// Many at once, on two workers: the last task ends while scopes escape from it.
#[test]
fn forgotten_scopes_race_with_the_end_of_their_owner() {
    multi(async || {
        for round in 0..200 {
            let probes = Probes::new();
            let made = probes.clone();
            let sup = Supervisor::builder("shop").build();
            for _ in 0..4 {
                let probe = made.probe();
                sup.launch(async move {
                    let mut inner = Box::pin(scope!(|s| {
                        s.launch(parked(probe));
                        pending::<()>().await;
                    }));
                    assert!(poll_once(&mut inner).await.is_pending());
                    forget(inner);
                });
            }
            let report = if round % 2 == 0 { sup.join().await } else { sup.shutdown().await };
            probes.all_dropped(4);
            assert_eq!((report.finished, report.abandoned.len()), (4, 0), "{report}");
        }
    });
}

/// A value that waits in a handle is part of R1, but nobody can ever take this one.
#[test]
fn a_value_in_the_handle_of_a_forgotten_scope_does_not_hold_the_owner_above() {
    both(async || {
        let ended = Arc::new(AtomicBool::new(false));
        let says = Arc::clone(&ended);
        let sup = Supervisor::builder("shop").build();
        sup.launch(async move {
            scope!(|_outer| {
                let (done, is_done) = oneshot::channel();
                let mut inner = Box::pin(scope!(|s| {
                    let handle = s.spawn(async {
                        done.send(()).expect("the body waits");
                        String::from("a value that needs to be dropped")
                    });
                    pending::<()>().await;
                    drop(handle.await);
                }));
                assert!(poll_once(&mut inner).await.is_pending());
                is_done.await.expect("the child has run");
                forget(inner);
            })
            .await;
            says.store(true, Ordering::SeqCst);
        });
        until(|| ended.load(Ordering::SeqCst)).await; // that the scope around ends
        assert_eq!(sup.join().await.finished, 1);
    });
}

#[test]
fn a_forgotten_shield_runs_to_its_end_and_is_awaited() {
    both(async || {
        let probes = Probes::slow();
        let (polled, unpolled) = (probes.probe(), probes.probe());
        let (go, goes) = oneshot::channel::<()>();
        let (block, polls) = Polls::of(async move { drop(unpolled) });
        scope!(|_s| {
            let mut charge = shield!({
                goes.await.expect("the body lets it go on");
                checkpoint().await;
                drop(polled);
            });
            assert!(poll_once(&mut charge).await.is_pending());
            forget(charge);
            forget(shield!(block.await)); // has not started: there is nothing to own
            go.send(()).expect("the shield is alive");
        })
        .await;
        assert_eq!((probes.dropped(), polls.load(Ordering::SeqCst)), (1, 0));
    });
}

#[test]
fn a_forgotten_cancel_children_still_cancels_them() {
    both(async || {
        let probes = Probes::slow();
        let (go, goes) = oneshot::channel::<()>();
        let n = scope!(|s| {
            for _ in 0..5 {
                s.launch(parked(probes.probe()));
            }
            // Something that it has to wait for.
            let mut charge = shield!(goes.await.expect("the body lets it go on"));
            assert!(poll_once(&mut charge).await.is_pending());
            let mut cancelling = Box::pin(s.cancel_children());
            assert!(poll_once(&mut cancelling).await.is_pending());
            forget(cancelling);
            until(|| probes.dropped() == 5).await;
            go.send(()).expect("the shield is alive");
            s.spawn(async { 6 }).await
        });
        assert_eq!(n.await, 6, "what is started afterwards lives");
        probes.all_dropped(5);
    });
}

#[test]
fn a_forgotten_cancel_of_a_handle_still_cancels_the_child() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let parked_child = s.spawn(parked(probes.probe()));
            let mut cancelling = Box::pin(parked_child.cancel());
            // It may be gone at once.
            let _polled = poll_once(&mut cancelling).await;
            forget(cancelling);
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_forgotten_run_until_leaves_its_tasks_to_a_supervisor_that_nobody_ends() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        let (send, received) = oneshot::channel();
        scope!(|_s| {
            let sup = Supervisor::builder("shop").build();
            send.send(sup.spawner()).expect("the test waits");
            sup.launch(async move {
                let _probe = probe;
                foster::shutdown_requested().await;
            });
            let mut running = Box::pin(sup.run_until(pending::<()>()));
            assert!(poll_once(&mut running).await.is_pending());
            forget(running);
        })
        .await;
        let spawner = received.await.expect("it was sent");
        assert_eq!((spawner.live(), probes.dropped()), (1, 0), "its task is owned still");
        spawner.launch(async {}).expect("and it is open");
        spawner.shutdown();
        until(|| spawner.live() == 0).await;
        probes.all_dropped(1);
    });
}

#[test]
fn forgotten_ladders_and_joins_leave_a_supervisor_whose_tasks_are_owned() {
    both(async || {
        for is_join in [true, false] {
            let probes = Probes::new();
            let (go, goes) = oneshot::channel::<()>();
            let sup = Supervisor::builder("shop").build();
            let spawner = sup.spawner();
            let probe = probes.probe();
            sup.launch(async move {
                goes.await.expect("the test lets it go on");
                drop(probe);
            });
            let mut ending: Pin<Box<dyn Future<Output = _>>> =
                if is_join { Box::pin(sup.join()) } else { Box::pin(sup.shutdown()) };
            assert!(poll_once(&mut ending).await.is_pending());
            forget(ending);
            assert_eq!(spawner.live(), 1);
            go.send(()).expect("the task is alive");
            until(|| spawner.live() == 0).await;
            probes.all_dropped(1);
        }
    });
}

#[test]
fn a_forgotten_handle_of_a_supervisor_holds_nothing() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        forget(sup.attempt(async { Ok::<_, Fault>(String::from("nobody takes it")) }));
        assert_eq!(sup.join().await.finished, 1);
    });
}

#[test]
fn a_forgotten_wait_for_the_root_harms_nobody() {
    both(async || {
        let probes = Probes::new();
        let (go, goes) = oneshot::channel::<()>();
        let probe = probes.probe();
        let task = async move {
            goes.await.expect("the test lets it go on");
            drop(probe);
        };
        Spawner::current().launch(task).expect("the root never ends");
        let all = root();
        let mut drained = Box::pin(all.drained());
        assert!(poll_once(&mut drained).await.is_pending());
        forget(drained);
        go.send(()).expect("the task is alive");
        all.drained().await;
        probes.all_dropped(1);
    });
}

/// What an interleaved child borrows by `&mut` is free again: nothing of a forgotten scope runs.
#[test]
fn a_forgotten_scope_with_borrowing_children_takes_its_tasks_with_the_owner_above() {
    both(async || {
        let probes = Probes::slow();
        let mut book = vec![1];
        scope!(|_outer| {
            let probe = probes.probe();
            let mut inner = Box::pin(try_scope!(|s| -> Result<(), Fault> {
                s.interleave(async {
                    book.push(2);
                    pending::<Result<(), Fault>>().await
                });
                s.launch(async move {
                    parked(probe).await;
                    Ok::<_, Fault>(())
                });
                pending::<()>().await;
                Ok(())
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            forget(inner);
        })
        .await;
        probes.all_dropped(1);
        book.push(3);
        assert_eq!(book, [1, 2, 3]);
    });
}

/// Forgetting and swapping, both at once: neither scope loses its children.
#[test]
fn scopes_that_were_swapped_and_forgotten_leave_no_task() {
    both(async || {
        let probes = Probes::slow();
        scope!(|outer| {
            let (of_inner, of_outer) = (probes.probe(), probes.probe());
            let mut inner = Box::pin(scope!(|inner| {
                mem::swap(outer, inner);
                inner.background(parked(of_outer));
                outer.launch(parked(of_inner));
                pending::<()>().await;
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            forget(inner);
        })
        .await;
        probes.all_dropped(2);
    });
}
