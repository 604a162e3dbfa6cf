//! What `cancel_children` waits for, and what is refused meanwhile (R5, R12).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Closed, Spawner, scope, shield};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::support::{
    Gate, OnDrop, Polls, Probes, both, in_time, multi, poll_once, run, single, unowned, until,
};

#[test]
fn cancel_children_lets_shields_finish_and_waits_for_them() {
    single(async || {
        let start = Instant::now();
        let written = Arc::new(AtomicBool::new(false));
        scope!(|s| {
            let child_written = Arc::clone(&written);
            s.launch(async move {
                shield!({
                    sleep(Duration::from_secs(5)).await;
                    child_written.store(true, Ordering::SeqCst);
                })
                .await;
                sleep(Duration::from_secs(100)).await;
            });
            sleep(Duration::from_secs(1)).await;
            s.cancel_children().await;
            assert_eq!(start.elapsed().as_secs(), 5);
        })
        .await;
        assert!(written.load(Ordering::SeqCst));
    });
}

#[test]
fn cancel_children_waits_for_blocking_work_that_runs() {
    both(async || {
        let (probes, gate, started) = (Probes::slow(), Gate::new(), Arc::new(Notify::new()));
        scope!(|s| {
            {
                let (probe, gate, started) = (probes.probe(), gate.clone(), Arc::clone(&started));
                let work = s.spawn_blocking(move || {
                    started.notify_one();
                    gate.pass();
                    drop(probe);
                });
                assert!(!work.is_finished());
            }
            started.notified().await;
            let mut cancel = Box::pin(s.cancel_children());
            assert!(poll_once(&mut cancel).await.is_pending());
            assert_eq!(probes.dropped(), 0);
            gate.open();
            cancel.await;
            probes.all_dropped(1);
        })
        .await;
    });
}

#[test]
fn cancel_children_waits_for_what_dropped_scopes_left() {
    both(async || {
        let (probes, gate, started) = (Probes::slow(), Gate::new(), Arc::new(Notify::new()));
        scope!(|s| {
            let (probe, child_gate, child_started) =
                (probes.probe(), gate.clone(), Arc::clone(&started));
            s.launch(async move {
                scope!(|s| {
                    let work = s.spawn_blocking(move || {
                        child_started.notify_one();
                        child_gate.pass();
                        drop(probe);
                    });
                    work.await;
                })
                .await;
            });
            started.notified().await;
            let mut cancel = Box::pin(s.cancel_children());
            assert!(poll_once(&mut cancel).await.is_pending());
            tokio::task::yield_now().await;
            assert!(poll_once(&mut cancel).await.is_pending());
            assert_eq!(probes.dropped(), 0);
            gate.open();
            cancel.await;
            probes.all_dropped(1);
        })
        .await;
    });
}

#[test]
fn launches_are_handed_back_while_it_waits_and_taken_after_it() {
    both(async || {
        let (gate, probes) = (Gate::new(), Probes::new());
        scope!(|s| {
            let (started, spawner) = (Arc::new(Notify::new()), s.spawner());
            {
                let (gate, started) = (gate.clone(), Arc::clone(&started));
                let work = s.spawn_blocking(move || {
                    started.notify_one();
                    gate.pass();
                });
                assert!(!work.is_finished());
            }
            started.notified().await;
            let launch = |spawner: &Spawner<_>| {
                let probe = probes.probe();
                spawner.launch(async move { drop(probe) })
            };
            {
                let mut cancel = Box::pin(s.cancel_children());
                assert!(poll_once(&mut cancel).await.is_pending());
                let Err(Closed(handed_back)) = launch(&spawner) else {
                    panic!("nothing is started while the old children end")
                };
                assert_eq!(probes.dropped(), 0, "it is handed back whole");
                handed_back.await; // and still good
                probes.all_dropped(1);
            }
            // The call was dropped: what is launched now is not old.
            assert!(launch(&spawner).is_ok());
            until(|| probes.dropped() == 2).await;
            {
                let mut cancel = Box::pin(s.cancel_children());
                assert!(poll_once(&mut cancel).await.is_pending());
                assert!(launch(&spawner).is_err());
                gate.open();
                cancel.await;
            }
            assert!(launch(&spawner).is_ok());
            until(|| probes.dropped() == 4).await;
        })
        .await;
        probes.all_dropped(4);
    });
}

#[test]
fn child_that_launches_while_it_is_cancelled_is_handed_the_future_back() {
    both(async || {
        let refused = Arc::new(AtomicUsize::new(0));
        scope!(|s| {
            let parked = Arc::new(Notify::new());
            let (spawner, child_parked, refused) =
                (s.spawner(), Arc::clone(&parked), Arc::clone(&refused));
            s.launch(async move {
                let _launches = OnDrop::new(move || {
                    let launched = spawner.launch(pending::<()>());
                    refused.fetch_add(usize::from(launched.is_err()), Ordering::SeqCst);
                });
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            s.cancel_children().await;
        })
        .await;
        assert_eq!(refused.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn launch_that_races_with_it_is_either_cancelled_or_handed_back() {
    multi(async || {
        let (probes, stop) = (Probes::new(), Arc::new(AtomicBool::new(false)));
        let (started, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            let launcher = {
                let (spawner, stop, probes) = (s.spawner(), Arc::clone(&stop), probes.clone());
                let (started, refused) = (Arc::clone(&started), Arc::clone(&refused));
                unowned(async move {
                    while !stop.load(Ordering::SeqCst) {
                        let probe = probes.probe();
                        let launched = spawner.launch(async move {
                            let _probe = probe;
                            pending::<()>().await;
                        });
                        let count = if launched.is_ok() { &started } else { &refused };
                        count.fetch_add(1, Ordering::SeqCst);
                        // Else the last one launched waits behind this loop in its worker's slot,
                        // from where no other worker takes it.
                        tokio::task::yield_now().await;
                    }
                })
            };
            let stopped = OnDrop::new(|| stop.store(true, Ordering::SeqCst));
            while started.load(Ordering::SeqCst) < 2_000 || refused.load(Ordering::SeqCst) < 2_000 {
                // One that came in between, counted but not cancelled, would hold it up for ever.
                in_time(s.cancel_children()).await;
                tokio::task::yield_now().await;
            }
            drop(stopped);
            launcher.await.unwrap();
            in_time(s.cancel_children()).await;
            assert_eq!(s.live(), 0);
        })
        .await;
        probes.all_dropped(started.load(Ordering::SeqCst) + refused.load(Ordering::SeqCst));
    });
}

#[test]
fn blocking_work_that_has_not_started_never_runs() {
    let mut one_blocking_thread = tokio::runtime::Builder::new_current_thread();
    one_blocking_thread.max_blocking_threads(1);
    run("one blocking thread", one_blocking_thread, async || {
        let (probes, gate, started) = (Probes::new(), Gate::new(), Arc::new(Notify::new()));
        let (ran, after) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            {
                let (gate, started) = (gate.clone(), Arc::clone(&started));
                let first = s.spawn_blocking(move || {
                    started.notify_one();
                    gate.pass();
                });
                let (probe, ran) = (probes.probe(), Arc::clone(&ran));
                let queued = s.spawn_blocking(move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                    drop(probe);
                });
                assert!(!first.is_finished() && !queued.is_finished());
            }
            started.notified().await;
            let mut cancel = Box::pin(s.cancel_children());
            assert!(poll_once(&mut cancel).await.is_pending());
            gate.open();
            cancel.await;
            probes.all_dropped(1);
            let after = Arc::clone(&after);
            s.spawn_blocking(move || after.fetch_add(1, Ordering::SeqCst)).await;
        })
        .await;
        assert_eq!((ran.load(Ordering::SeqCst), after.load(Ordering::SeqCst)), (0, 1));
    });
}

#[test]
fn waiting_call_does_not_spin() {
    both(async || {
        let (gate, called) = (Gate::new(), Arc::new(Notify::new()));
        let (work_gate, body_called) = (gate.clone(), Arc::clone(&called));
        let (scope, polls) = Polls::of(async move {
            scope!(|s| {
                let started = Arc::new(Notify::new());
                {
                    let started = Arc::clone(&started);
                    let work = s.spawn_blocking(move || {
                        started.notify_one();
                        work_gate.pass();
                    });
                    assert!(!work.is_finished());
                }
                s.launch(pending::<()>());
                s.interleave(pending::<()>());
                started.notified().await;
                body_called.notify_one();
                s.cancel_children().await;
            })
            .await;
        });
        let owner = unowned(scope);
        called.notified().await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        gate.open();
        owner.await.unwrap();
        let polls = polls.load(Ordering::SeqCst);
        assert!(polls <= 5, "the scope was polled {polls} times");
    });
}
