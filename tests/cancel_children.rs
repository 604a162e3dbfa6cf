//! `cancel_children`: it ends those that live, waits for them, and the scope goes on (R5).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{scope, try_scope};
use tokio::sync::{Notify, oneshot};

use crate::support::{Fault, Gate, Probe, Probes, both, poll_once, single, traces, until};

/// Parks for ever, and says so.
async fn park(parked: Arc<AtomicUsize>, probe: Probe) {
    let _probe = probe;
    parked.fetch_add(1, Ordering::SeqCst);
    pending::<()>().await;
}

#[test]
fn cancel_children_waits_for_all_and_the_body_goes_on() {
    both(async || {
        let probes = Probes::slow();
        let after = scope!(|s| {
            let parked = Arc::new(AtomicUsize::new(0));
            for _ in 0..20 {
                s.launch(park(Arc::clone(&parked), probes.probe()));
                s.background(park(Arc::clone(&parked), probes.probe()));
                s.interleave(park(Arc::clone(&parked), probes.probe()));
            }
            until(|| parked.load(Ordering::SeqCst) == 60).await;
            s.cancel_children().await;
            probes.all_dropped(60);
            assert_eq!(s.live(), 0);
            s.spawn(async { "after" }).await
        })
        .await;
        assert_eq!(after, "after");
    });
}

#[test]
fn cancel_children_ends_those_that_never_ran() {
    single(async || {
        let (probes, ran) = (Probes::new(), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            s.launch(park(Arc::clone(&ran), probes.probe()));
            s.background(park(Arc::clone(&ran), probes.probe()));
            s.interleave(park(Arc::clone(&ran), probes.probe()));
            s.cancel_children().await;
            probes.all_dropped(3);
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn cancel_children_without_children_returns_at_once() {
    both(async || {
        scope!(|s| {
            let mut cancel = Box::pin(s.cancel_children());
            assert!(poll_once(&mut cancel).await.is_ready());
            drop(cancel);
            let first = s.spawn(async { 1 }).await;
            s.cancel_children().await;
            s.cancel_children().await;
            assert_eq!(first + s.spawn(async { 2 }).await, 3);
        })
        .await;
    });
}

#[test]
fn cancelled_children_are_no_failures() {
    both(async || {
        let ended = try_scope!(|s| -> Result<u32, Fault> {
            s.launch(async {
                pending::<()>().await;
                Err(Fault("never"))
            });
            s.cancel_children().await;
            Ok(s.spawn(async { Ok::<_, Fault>(1) }).await)
        })
        .await;
        assert_eq!(ended, Ok(1));
        assert!(traces().is_empty());
    });
}

#[test]
fn children_that_are_started_after_it_live() {
    both(async || {
        let sum = scope!(|s| {
            let mut sum = 0;
            for round in 0..50 {
                s.launch(pending::<()>());
                s.cancel_children().await;
                let child = s.spawn(async move {
                    tokio::task::yield_now().await;
                    round
                });
                let (send, receive) = oneshot::channel();
                s.interleave(async move {
                    tokio::task::yield_now().await;
                    send.send(round).unwrap();
                });
                sum += child.await + receive.await.unwrap();
            }
            sum
        })
        .await;
        assert_eq!(sum, 49 * 50);
    });
}

#[test]
fn dropped_call_ends_the_old_beside_the_new() {
    both(async || {
        let (old, parked) = (Probes::slow(), Arc::new(AtomicUsize::new(0)));
        let value = scope!(|s| {
            let gate = Gate::new();
            for _ in 0..3 {
                s.launch(park(Arc::clone(&parked), old.probe()));
            }
            let started = Arc::new(Notify::new());
            {
                // Holds the call up: it cannot be cancelled.
                let (gate, started) = (gate.clone(), Arc::clone(&started));
                let work = s.spawn_blocking(move || {
                    started.notify_one();
                    gate.pass();
                });
                assert!(!work.is_finished());
            }
            started.notified().await;
            until(|| parked.load(Ordering::SeqCst) == 3).await;
            {
                let mut cancel = Box::pin(s.cancel_children());
                assert!(poll_once(&mut cancel).await.is_pending());
            }
            let (go, new_go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let new = s.spawn({
                let (go, new_go) = (Arc::clone(&go), Arc::clone(&new_go));
                async move {
                    new_go.notify_one();
                    go.notified().await;
                    "new"
                }
            });
            new_go.notified().await;
            // What is left is the new child and the blocking one.
            until(|| s.live() == 2).await;
            assert!(old.dropped() == 3 && !new.is_finished());
            gate.open();
            go.notify_one();
            new.await
        })
        .await;
        assert_eq!(value, "new");
        old.all_dropped(3);
    });
}

#[test]
fn interleaved_child_that_is_started_after_a_dropped_call_lives() {
    single(async || {
        let (old, new) = (Probes::new(), Probes::new());
        let ended = scope!(|s| {
            let parked = Arc::new(AtomicUsize::new(0));
            s.interleave(park(Arc::clone(&parked), old.probe()));
            until(|| parked.load(Ordering::SeqCst) == 1).await;
            {
                let mut cancel = Box::pin(s.cancel_children());
                assert!(poll_once(&mut cancel).await.is_pending());
            }
            let (send, receive) = oneshot::channel();
            let probe = new.probe();
            s.interleave(async move {
                let _probe = probe;
                tokio::task::yield_now().await;
                send.send("new").unwrap();
            });
            receive.await
        })
        .await;
        assert_eq!(ended, Ok("new"));
        old.all_dropped(1);
        new.all_dropped(1);
    });
}

#[test]
fn call_that_is_never_polled_cancels_nothing() {
    both(async || {
        let value = scope!(|s| {
            let (send, receive) = oneshot::channel();
            s.launch(async move {
                tokio::task::yield_now().await;
                send.send(1).unwrap();
            });
            drop(s.cancel_children());
            receive.await
        })
        .await;
        assert_eq!(value, Ok(1));
    });
}

#[test]
fn second_call_takes_over_from_a_dropped_one() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let parked = Arc::new(AtomicUsize::new(0));
            for round in 0..20 {
                s.launch(park(Arc::clone(&parked), probes.probe()));
                until(|| parked.load(Ordering::SeqCst) == 2 * round + 1).await;
                {
                    let mut cancel = Box::pin(s.cancel_children());
                    // On two threads the child may be gone already.
                    let _maybe_ready = poll_once(&mut cancel).await.is_ready();
                }
                s.launch(park(Arc::clone(&parked), probes.probe()));
                until(|| parked.load(Ordering::SeqCst) == 2 * round + 2).await;
                s.cancel_children().await;
                probes.all_dropped(2 * round + 2);
            }
        })
        .await;
    });
}

#[test]
fn child_ends_however_often_it_was_cancelled_before_it_could() {
    single(async || {
        // In one poll of the body, so that the child cannot end in between; up to any counter that
        // could have come round.
        for times in [1, 255, 256, 257, 65_536] {
            let probes = Probes::new();
            scope!(|s| {
                let parked = Arc::new(AtomicUsize::new(0));
                s.launch(park(Arc::clone(&parked), probes.probe()));
                until(|| parked.load(Ordering::SeqCst) == 1).await;
                for _ in 0..times {
                    let mut cancel = Box::pin(s.cancel_children());
                    assert!(poll_once(&mut cancel).await.is_pending());
                }
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                assert_eq!((times, s.live()), (times, 0));
            })
            .await;
            probes.all_dropped(1);
        }
    });
}
