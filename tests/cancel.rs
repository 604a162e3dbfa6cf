//! Cancellation: a task's future is dropped at its await, and nothing else (R5).

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use foster::{Interrupted, scope, try_scope};
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{Fault, Probes, Sequence, both, poll_once, single, traces, until};

#[test]
fn cancelled_child_is_dropped_at_its_await() {
    both(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let (parked, child_steps) = (Arc::new(Notify::new()), steps.clone());
            let child_parked = Arc::clone(&parked);
            let child = s.spawn(async move {
                let _outer = child_steps.on_drop(3);
                let _inner = child_steps.on_drop(2);
                child_steps.expect(1);
                child_parked.notify_one();
                pending::<()>().await;
                child_steps.expect(99);
            });
            parked.notified().await;
            assert_eq!(child.cancel().await, None);
        })
        .await;
        steps.finish(4);
    });
}

#[test]
fn cancellation_cannot_be_swallowed() {
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let ended = scope!(|s| {
            let polled = Arc::new(Notify::new());
            for wakes in [true, false] {
                let (probe, polled) = (probes.probe(), Arc::clone(&polled));
                // Whatever it hears, it says that it is not done.
                let stubborn = poll_fn(move |cx| {
                    let _probe = &probe;
                    polled.notify_one();
                    if wakes {
                        cx.waker().wake_by_ref();
                    }
                    Poll::<()>::Pending
                });
                s.launch(stubborn);
            }
            polled.notified().await;
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(2);
    });
}

#[test]
fn child_that_is_cancelled_before_its_first_poll_never_runs() {
    single(async || {
        let (probes, ran) = (Probes::new(), Arc::new(AtomicUsize::new(0)));
        let child = || {
            let (probe, ran) = (probes.probe(), Arc::clone(&ran));
            async move {
                let _probe = probe;
                ran.fetch_add(1, Ordering::SeqCst);
                Ok::<(), Fault>(())
            }
        };
        let ended: Result<(), Fault> = try_scope!(|s| {
            s.launch(child());
            s.background(child());
            s.interleave(child());
            let (spawned, attempted) = (s.spawn(child()), s.attempt(child()));
            assert!(!spawned.is_finished() && !attempted.is_finished());
            assert!(s.spawner().launch(child()).is_ok());
            Err(Fault("body"))
        })
        .await;
        assert_eq!((ended, ran.load(Ordering::SeqCst)), (Err(Fault("body")), 0));
        probes.all_dropped(6);
    });
}

#[test]
fn child_that_its_handle_cancels_before_its_first_poll_never_runs() {
    single(async || {
        let (probes, ran) = (Probes::new(), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            let (probe, ran) = (probes.probe(), Arc::clone(&ran));
            let child = s.spawn(async move {
                let _probe = probe;
                ran.fetch_add(1, Ordering::SeqCst)
            });
            assert_eq!(child.cancel().await, None);
            assert_eq!(s.live(), 0);
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 0);
        probes.all_dropped(1);
    });
}

#[test]
fn cancel_through_the_handle_waits_for_destructors() {
    both(async || {
        scope!(|s| {
            let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
            for _ in 0..100 {
                let (probe, parked_child) = (probes.probe(), Arc::clone(&parked));
                let child = s.spawn(async move {
                    let _probe = probe;
                    parked_child.notify_one();
                    pending::<()>().await;
                });
                parked.notified().await;
                assert_eq!(child.cancel().await, None);
                assert_eq!((probes.dropped(), s.live()), (probes.made(), 0));
            }
        })
        .await;
    });
}

#[test]
fn cancelling_a_finished_child_yields_its_value() {
    both(async || {
        let probes = Probes::new();
        let value = scope!(|s| {
            let probe = probes.probe();
            let child = s.spawn(async move { probe });
            until(|| child.is_finished()).await;
            child.cancel().await
        })
        .await;
        assert_eq!(probes.dropped(), 0, "the value came out");
        drop(value);
        probes.all_dropped(1);
    });
}

#[test]
fn cancelled_child_is_no_failure() {
    both(async || {
        let sum = try_scope!(|s| -> Result<u32, Fault> {
            let cancelled = s.spawn(async {
                pending::<()>().await;
                Err::<u32, _>(Fault("never"))
            });
            let attempted = s.attempt(pending::<Result<u32, Fault>>());
            let kept = s.spawn(async { Ok::<_, Fault>(1) });
            assert_eq!(cancelled.cancel().await, None);
            assert!(attempted.cancel().await.is_none());
            let later = s.spawn(async { Ok::<_, Fault>(2) });
            Ok(kept.await + later.await)
        })
        .await;
        assert_eq!(sum, Ok(3));
        assert!(traces().is_empty());
    });
}

#[test]
fn cancel_that_is_dropped_midway_still_cancels() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let probe = probes.probe();
            let child = s.spawn(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            let mut cancel = Box::pin(child.cancel());
            // It may have come to its end in the other thread.
            let _maybe_ready = poll_once(&mut cancel).await.is_ready();
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn cancel_that_is_never_polled_cancels_nothing() {
    both(async || {
        let ran = Arc::new(AtomicUsize::new(0));
        scope!(|s| {
            let child_ran = Arc::clone(&ran);
            let child = s.spawn(async move { child_ran.fetch_add(1, Ordering::SeqCst) });
            drop(child.cancel());
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn cancelling_twice_is_cancelling_once() {
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let ended = scope!(|s| {
            let (probe, polled) = (probes.probe(), Arc::new(Notify::new()));
            let child_polled = Arc::clone(&polled);
            let child = s.spawn(async move {
                let _probe = probe;
                child_polled.notify_one();
                pending::<()>().await;
            });
            polled.notified().await;
            token.cancel();
            token.cancel();
            child.cancel().await
        })
        .cancelled_by(token.clone())
        .cancelled_by(token.child_token())
        .await;
        // Whether the body or the token comes first is open; the child ends once.
        assert!(matches!(ended, Ok(None) | Err(Interrupted::Cancelled)), "{ended:?}");
        probes.all_dropped(1);
    });
}

#[test]
fn cancellation_reaches_the_whole_subtree() {
    fn tree(probes: Probes, parked: Arc<AtomicUsize>, depth: u32) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let _probe = probes.probe();
            parked.fetch_add(1, Ordering::SeqCst);
            if depth == 0 {
                return pending().await;
            }
            scope!(|s| {
                for _ in 0..3 {
                    s.launch(tree(probes.clone(), Arc::clone(&parked), depth - 1));
                }
                s.interleave(tree(probes.clone(), Arc::clone(&parked), depth - 1));
                pending::<()>().await;
            })
            .await;
        })
    }
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let parked = Arc::new(AtomicUsize::new(0));
        let ended = scope!(|s| {
            s.launch(tree(probes.clone(), Arc::clone(&parked), 3));
            until(|| parked.load(Ordering::SeqCst) == 1 + 4 + 16 + 64).await;
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(1 + 4 + 16 + 64);
    });
}

#[test]
fn cancelling_an_inner_scope_leaves_the_outer_one_alone() {
    both(async || {
        let kept = scope!(|s| {
            let token = CancellationToken::new();
            let inner_token = token.clone();
            let kept = s.spawn(async move {
                token.cancelled().await;
                "kept"
            });
            let cancelled = s.spawn(async move {
                scope!(|s| {
                    s.launch(pending::<()>());
                    inner_token.cancel();
                    pending::<()>().await;
                })
                .cancelled_by(inner_token.clone())
                .await
            });
            assert_eq!(cancelled.await, Err(Interrupted::Cancelled));
            (kept.await, s.spawn(async { "and more" }).await)
        })
        .await;
        assert_eq!(kept, ("kept", "and more"));
    });
}

#[test]
fn cancellation_reaches_every_one_of_many_children() {
    both(async || {
        let (probes, token) = (Probes::new(), CancellationToken::new());
        let parked = Arc::new(AtomicUsize::new(0));
        let ended = scope!(|s| {
            for _ in 0..1000 {
                let (probe, parked) = (probes.probe(), Arc::clone(&parked));
                s.launch(async move {
                    let _probe = probe;
                    parked.fetch_add(1, Ordering::SeqCst);
                    pending::<()>().await;
                });
            }
            until(|| parked.load(Ordering::SeqCst) == 1000).await;
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(1000);
    });
}
