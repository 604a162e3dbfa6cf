//! Shields that interleaved children await: these borrow, and run on the scope's own task.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Spawner, checkpoint, scope, shield, try_scope};
use tokio::sync::oneshot;

use super::until_cancelled;
use crate::supervisor::Failures;
use crate::support::{Fault, Probes, both, until};

#[test]
fn an_interleaved_childs_shield_is_a_task_of_the_scope_beside_the_body() {
    both(async || {
        let mut charged = 0;
        let turns = AtomicUsize::new(0);
        scope!(|s| {
            let (send, goes) = oneshot::channel::<u32>();
            s.interleave(async {
                let charge = shield!(goes.await.expect("the body lets it go on"));
                charged = charge.await; // what a task could not borrow
                turns.fetch_add(1, Ordering::SeqCst);
            });
            until(|| s.live() == 1).await;
            send.send(3).expect("the shield is alive");
            until(|| turns.load(Ordering::SeqCst) == 1).await;
            // A shield hands on its value, and then leaves its owner (R1): the scope does not end
            // while a value that nobody took is alive. So who has the value may still count it.
            until(|| s.live() == 0).await;
        })
        .await;
        assert_eq!(charged, 3);
    });
}

#[test]
fn it_survives_the_failure_of_the_scope_which_waits_for_it() {
    both(async || {
        let (guests, ended) = (Probes::new(), Probes::new());
        let (guest, probe, gone) = (guests.probe(), ended.probe(), guests.clone());
        let (send, running) = oneshot::channel();
        let result: Result<(), Fault> = try_scope!(|s| {
            s.interleave(async move {
                let _guest = guest;
                shield!({
                    send.send(()).expect("a sibling waits");
                    until(|| gone.dropped() == 1).await;
                    checkpoint().await;
                    drop(probe);
                })
                .await;
                unreachable!("who awaits it is dropped");
            });
            s.launch(async {
                running.await.expect("the shield says that it runs");
                Err(Fault("out of stock"))
            });
            pending().await
        })
        .await;
        assert_eq!(result, Err(Fault("out of stock")));
        ended.all_dropped(1);
    });
}

#[test]
fn it_is_waited_for_when_all_children_are_cancelled() {
    both(async || {
        let (ended, guests) = (Probes::new(), Probes::new());
        let (probe, guest) = (ended.probe(), guests.probe());
        let (send, running) = oneshot::channel();
        let (go, goes) = oneshot::channel::<()>();
        scope!(|s| {
            s.interleave(async move {
                let _guest = guest;
                shield!({
                    send.send(()).expect("the body waits");
                    goes.await.expect("it is let go on");
                    drop(probe);
                })
                .await;
            });
            running.await.expect("the shield says that it runs");
            let opens = async {
                until(|| guests.dropped() == 1).await;
                go.send(()).expect("the shield is alive");
            };
            tokio::join!(s.cancel_children(), opens);
            ended.all_dropped(1);
        })
        .await;
    });
}

/// The lost payment of a child that borrows.
#[test]
fn its_error_is_reported_once_when_the_child_is_gone() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let (send, running) = oneshot::channel();
        let line = line!() + 4;
        sup.launch(async move {
            let result: Result<(), Fault> = try_scope!(|s| {
                s.interleave(async move {
                    let charge = shield!({
                        send.send(()).expect("the body waits");
                        until_cancelled(&Spawner::current()).await;
                        Err::<(), _>(Fault("declined"))
                    });
                    charge.named("charge").await
                });
                running.await.expect("the shield says that it runs");
                Err(Fault("the body's"))
            })
            .await;
            assert_eq!(result, Err(Fault("the body's")));
        });
        let report = sup.join().await;
        assert_eq!((report.finished, report.failed, report.panicked), (1, 0, 0), "{report}");
        let lost = failures.all();
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert_eq!((lost[0].name, &*lost[0].what), ("charge", "error: declined"));
        assert_eq!(lost[0].line, line);
    });
}
