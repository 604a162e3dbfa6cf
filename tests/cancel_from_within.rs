//! Cancellation from inside, in destructors and in races; and that nothing spins meanwhile (R5).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Interrupted, Spawner, scope, try_scope};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Fault, Gate, OnDrop, Polls, Probes, block_until, both, multi, poll_once, unowned, until,
};

#[test]
fn child_may_cancel_its_own_scope_in_its_first_poll() {
    both(async || {
        for _ in 0..200 {
            let (probes, token) = (Probes::slow(), CancellationToken::new());
            let ended = scope!(|s| {
                for _ in 0..3 {
                    let (probe, token) = (probes.probe(), token.clone());
                    s.launch(async move {
                        let _probe = probe;
                        token.cancel();
                        pending::<()>().await;
                    });
                }
                pending::<()>().await;
            })
            .cancelled_by(token.clone())
            .await;
            assert_eq!(ended, Err(Interrupted::Cancelled));
            probes.all_dropped(3);
        }
    });
}

#[test]
fn child_may_fail_in_its_first_poll_while_others_are_started() {
    both(async || {
        for _ in 0..200 {
            let probes = Probes::slow();
            let ended: Result<(), Fault> = try_scope!(|s| {
                for n in 0..8 {
                    let probe = probes.probe();
                    s.launch(async move {
                        let _probe = probe;
                        if n == 1 {
                            return Err(Fault("first poll"));
                        }
                        pending().await
                    });
                }
                pending().await
            })
            .await;
            assert_eq!(ended, Err(Fault("first poll")));
            probes.all_dropped(8);
        }
    });
}

#[test]
fn destructor_in_a_cancelled_scope_starts_nothing() {
    both(async || {
        let (token, refused) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let probes = Probes::new();
        let ended = scope!(|s| {
            let parked = Arc::new(Notify::new());
            let (child_parked, refused, probe) =
                (Arc::clone(&parked), Arc::clone(&refused), probes.probe());
            s.launch(async move {
                let _launches = OnDrop::new(move || {
                    let launched = Spawner::current().launch(async move {
                        drop(probe);
                    });
                    refused.fetch_add(usize::from(launched.is_err()), Ordering::SeqCst);
                });
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!((ended, refused.load(Ordering::SeqCst)), (Err(Interrupted::Cancelled), 1));
        probes.all_dropped(1);
    });
}

#[test]
fn what_a_destructor_starts_in_an_open_scope_is_waited_for() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let parked = Arc::new(Notify::new());
            let (child_parked, probe) = (Arc::clone(&parked), probes.probe());
            let child = s.spawn(async move {
                let _launches = OnDrop::new(move || {
                    let launched = Spawner::current().launch(async move {
                        tokio::task::yield_now().await;
                        drop(probe);
                    });
                    assert!(launched.is_ok());
                });
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            assert_eq!(child.cancel().await, None);
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn what_a_cancelled_child_leaves_behind_is_waited_for_by_the_scope() {
    both(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        scope!(|s| {
            let (started, probe, child_gate) =
                (Arc::new(Notify::new()), probes.probe(), gate.clone());
            let grandchild_started = Arc::clone(&started);
            let child = s.spawn(async move {
                scope!(|s| {
                    let grandchild = s.spawn_blocking(move || {
                        grandchild_started.notify_one();
                        child_gate.pass();
                        drop(probe);
                    });
                    grandchild.await;
                })
                .await;
            });
            started.notified().await;
            assert_eq!(child.cancel().await, None);
            assert_eq!((probes.dropped(), s.live()), (0, 1), "its grandchild is the scope's now");
            gate.open();
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn scope_that_is_cancelled_from_above_does_not_yield_a_value() {
    multi(async || {
        let mut yielded = None;
        let ended: Result<(), Fault> = try_scope!(|s| {
            let probes = Probes::slow();
            let (parked, probe) = (Arc::new(Notify::new()), probes.probe());
            let child_parked = Arc::clone(&parked);
            let mut inner = Box::pin(scope!(|s| {
                s.launch(async move {
                    let _probe = probe;
                    child_parked.notify_one();
                    pending::<()>().await;
                    unreachable!("the work that the inner scope waits for");
                });
                "the work is done"
            }));
            assert!(poll_once(&mut inner).await.is_pending());
            parked.notified().await;
            s.launch(async { Err(Fault("sibling")) });
            // In one poll, so that the body itself is not cancelled before it asks once more.
            block_until(|| probes.dropped() == 1);
            yielded = Some(poll_once(&mut inner).await.is_ready());
            Ok(())
        })
        .await;
        assert_eq!((ended, yielded), (Err(Fault("sibling")), Some(false)));
    });
}

#[test]
fn cancelled_child_is_not_polled_again() {
    both(async || {
        let token = CancellationToken::new();
        let parked = Arc::new(Notify::new());
        let child_parked = Arc::clone(&parked);
        let (child, polls) = Polls::of(async move {
            child_parked.notify_one();
            pending::<()>().await;
        });
        let ended = scope!(|s| {
            s.launch(child);
            parked.notified().await;
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!((ended, polls.load(Ordering::SeqCst)), (Err(Interrupted::Cancelled), 1));
    });
}

#[test]
fn cancelled_scope_does_not_spin_while_it_waits() {
    both(async || {
        let (token, gate) = (CancellationToken::new(), Gate::new());
        let started = Arc::new(Notify::new());
        let (work_started, work_gate) = (Arc::clone(&started), gate.clone());
        let (scope, polls) = Polls::of(
            scope!(|s| {
                let work = s.spawn_blocking(move || {
                    work_started.notify_one();
                    work_gate.pass();
                });
                work.await;
            })
            .cancelled_by(token.clone()),
        );
        let owner = unowned(scope);
        started.notified().await;
        token.cancel();
        until(|| polls.load(Ordering::SeqCst) > 1).await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        gate.open();
        assert_eq!(owner.await.unwrap(), Err(Interrupted::Cancelled));
        let polls = polls.load(Ordering::SeqCst);
        assert!(polls <= 4, "the scope was polled {polls} times: start, cancel and end are three");
    });
}
