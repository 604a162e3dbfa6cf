//! Scopes in scopes: what escapes, what moves, what a helper opens, and how deep it goes (R1, R8).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Interrupted, scope, try_scope};
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Fault, Gate, Probe, Probes, Sequence, both, forget, panic_of, poll_once, text_of, unowned,
    until,
};

/// A scope, boxed so that it can be moved around, with a child that holds a probe and is parked.
fn parked_scope(probe: Probe, parked: Arc<Notify>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        scope!(|s| {
            s.launch(async move {
                let _probe = probe;
                parked.notify_one();
                pending::<()>().await;
            });
            pending::<()>().await;
        })
        .await;
    })
}

#[test]
fn scope_that_escapes_its_owners_body_ends_with_the_owner() {
    both(async || {
        let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
        let mut escaped = None;
        scope!(|s| {
            let mut inner = parked_scope(probes.probe(), Arc::clone(&parked));
            assert!(poll_once(&mut inner).await.is_pending());
            parked.notified().await;
            escaped = Some(inner);
            assert_eq!(s.spawn(async { 1 }).await, 1);
            assert_eq!(probes.dropped(), 0);
        })
        .await;
        probes.all_dropped(1);
        // It would wait for ever where it is now, so it says what became of it.
        let payload = panic_of(escaped.unwrap()).await;
        assert!(text_of(&*payload).contains("moved to another task"), "{}", text_of(&*payload));
    });
}

#[test]
fn escaped_scope_lives_as_long_as_the_tasks_of_its_owner() {
    both(async || {
        let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
        let seen = Arc::new(AtomicUsize::new(usize::MAX));
        let mut escaped = None;
        scope!(|s| {
            let mut inner = parked_scope(probes.probe(), Arc::clone(&parked));
            assert!(poll_once(&mut inner).await.is_pending());
            parked.notified().await;
            escaped = Some(inner);
            let (seen, probes) = (Arc::clone(&seen), probes.clone());
            s.launch(async move {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                seen.store(probes.dropped(), Ordering::SeqCst);
            });
        })
        .await;
        assert_eq!(seen.load(Ordering::SeqCst), 0);
        probes.all_dropped(1);
        drop(escaped);
    });
}

#[test]
fn scopes_forgotten_in_every_child_end_with_the_owner() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            for _ in 0..20 {
                let probe = probes.probe();
                s.launch(async move {
                    let parked = Arc::new(Notify::new());
                    let mut inner = parked_scope(probe, Arc::clone(&parked));
                    assert!(poll_once(&mut inner).await.is_pending());
                    parked.notified().await;
                    forget(inner);
                });
            }
        })
        .await;
        probes.all_dropped(20);
    });
}

#[test]
fn scope_that_moves_to_another_task_keeps_its_parent_and_yields_its_value_there() {
    both(async || {
        let probes = Probes::slow();
        scope!(|_s| {
            let (go, probe) = (Arc::new(Notify::new()), probes.probe());
            let child_go = Arc::clone(&go);
            let mut inner: BoxFuture<'static, u32> = Box::pin(async move {
                scope!(|s| {
                    let child = s.spawn(async move {
                        let _probe = probe;
                        child_go.notified().await;
                        7
                    });
                    child.await
                })
                .await
            });
            assert!(poll_once(&mut inner).await.is_pending());
            let elsewhere = unowned(inner);
            go.notify_one();
            assert_eq!(elsewhere.await.unwrap(), 7);
            probes.all_dropped(1);
        })
        .await;
    });
}

#[test]
fn scope_that_moved_is_cancelled_by_its_owner_and_panics_where_it_is_polled() {
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let mut elsewhere = None;
        let ended = scope!(|_s| {
            let parked = Arc::new(Notify::new());
            let mut inner = parked_scope(probes.probe(), Arc::clone(&parked));
            assert!(poll_once(&mut inner).await.is_pending());
            parked.notified().await;
            elsewhere = Some(unowned(inner));
            token.cancel();
            pending::<()>().await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(1);
        let panicked = elsewhere.unwrap().await.unwrap_err().into_panic();
        assert!(text_of(&*panicked).contains("moved to another task"));
    });
}

#[test]
fn scope_that_a_helper_opens_does_not_hold_its_owner_open() {
    both(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let (parked, ended) = (Arc::new(Notify::new()), steps.on_drop(2));
            let child_parked = Arc::clone(&parked);
            s.background(async move {
                scope!(|s| {
                    s.launch(async move {
                        let _ended = ended;
                        child_parked.notify_one();
                        pending::<()>().await;
                    });
                    s.spawn(pending::<()>()).await;
                })
                .await;
            });
            parked.notified().await;
            let last = steps.clone();
            s.spawn(async move {
                tokio::task::yield_now().await;
                last.expect(1);
            })
            .await;
        })
        .await;
        steps.finish(3);
    });
}

#[test]
fn scopes_side_by_side_in_one_body_keep_their_children_apart() {
    both(async || {
        let probes = Probes::slow();
        let ended = scope!(|_s| {
            let scopes = (0..20).map(|n| {
                let probes = probes.clone();
                async move {
                    try_scope!(|s| -> Result<u32, Fault> {
                        let (sibling, probe) = (probes.probe(), probes.probe());
                        s.launch(async move {
                            let _probe = sibling;
                            tokio::task::yield_now().await;
                        });
                        let child = s.spawn(async move {
                            let _probe = probe;
                            tokio::task::yield_now().await;
                            if n % 2 == 0 { Ok(n) } else { Err(Fault("odd")) }
                        });
                        Ok(child.await)
                    })
                    .await
                }
            });
            join_all(scopes).await
        })
        .await;
        for (n, ended) in (0..).zip(ended) {
            assert_eq!(ended, if n % 2 == 0 { Ok(n) } else { Err(Fault("odd")) });
        }
        probes.all_dropped(40);
    });
}

#[test]
fn scope_keeps_its_tasks_when_a_later_one_is_dropped() {
    both(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        scope!(|s| {
            let (started, work_gate, probe) =
                (Arc::new(Notify::new()), gate.clone(), probes.probe());
            let work_started = Arc::clone(&started);
            let mut lost: BoxFuture<'static, ()> = Box::pin(async move {
                scope!(|s| {
                    let work = s.spawn_blocking(move || {
                        work_started.notify_one();
                        work_gate.pass();
                        drop(probe);
                    });
                    work.await;
                })
                .await;
            });
            assert!(poll_once(&mut lost).await.is_pending());
            started.notified().await;
            drop(lost);
            assert_eq!(s.live(), 1, "it is this scope's now");
            let mut second = parked_scope(probes.probe(), Arc::default());
            assert!(poll_once(&mut second).await.is_pending());
            drop(second);
            until(|| probes.dropped() == 1 && s.live() == 1).await;
            gate.open();
        })
        .await;
        probes.all_dropped(2);
    });
}
