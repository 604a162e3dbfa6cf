//! The spawners of lexical scopes, and that an ended owner starts nothing (R12).

use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Closed, FailFast, Interrupted, Plain, Spawner, scope, shield, try_scope};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Fault, Gate, OnDrop, Probes, both, multi, on_thread, panic_of, poll_once, unowned, until,
};

/// Launches a future that counts its polls, and returns whether it was started.
fn try_launch(spawner: &Spawner<Plain>, polled: &Arc<AtomicUsize>) -> bool {
    let polled = Arc::clone(polled);
    let launched = spawner.launch(async move {
        polled.fetch_add(1, Ordering::SeqCst);
    });
    launched.is_ok()
}

#[test]
fn spawner_goes_anywhere_whatever_the_errors_are() {
    fn goes_anywhere<T: Clone + Send + Sync + 'static>() {}
    goes_anywhere::<Spawner>();
    goes_anywhere::<Spawner<Plain>>();
    goes_anywhere::<Spawner<FailFast<Rc<()>>>>();
    both(async || {
        let ran = Arc::new(AtomicUsize::new(0));
        scope!(|s| {
            let (spawner, ran) = (s.spawner(), Arc::clone(&ran));
            let copy = spawner.clone();
            // A thread has no runtime: the child runs in the one where the spawner was made.
            let thread = on_thread(move || (try_launch(&spawner, &ran), spawner.live() <= 1));
            until(|| thread.is_finished()).await;
            assert_eq!(thread.join().unwrap(), (true, true));
            assert!(copy.live() <= 1);
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn spawner_holds_no_scope_open() {
    both(async || {
        let kept = scope!(|s| {
            s.launch(async {});
            s.spawner()
        })
        .await;
        assert_eq!(kept.live(), 0);
        assert!(format!("{kept:?}").starts_with("Spawner"));
    });
}

#[test]
fn scope_that_has_ended_hands_the_future_back_unpolled() {
    both(async || {
        let (polled, probes) = (Arc::new(AtomicUsize::new(0)), Probes::new());
        let mut spawners = Vec::new();
        spawners.push(scope!(|s| s.spawner()).await);
        let mut interrupted = None;
        let bounded = scope!(|s| {
            interrupted = Some(s.spawner());
            pending::<()>().await;
        });
        let token = CancellationToken::new();
        let bounded = bounded.cancelled_by(token.clone());
        let mut bounded = Box::pin(bounded);
        assert!(poll_once(&mut bounded).await.is_pending());
        token.cancel();
        assert_eq!(bounded.await, Err(Interrupted::Cancelled));
        spawners.extend(interrupted);
        let mut panicked = None;
        let payload = panic_of(scope!(|s| {
            panicked = Some(s.spawner());
            panic!("ends it");
        }))
        .await;
        drop(payload);
        spawners.extend(panicked);
        let mut dropped = None;
        let mut lost = Box::pin(scope!(|s| {
            dropped = Some(s.spawner());
            pending::<()>().await;
        }));
        assert!(poll_once(&mut lost).await.is_pending());
        drop(lost);
        spawners.extend(dropped);
        assert_eq!(spawners.len(), 4);
        for spawner in spawners {
            let (probe, polled) = (probes.probe(), Arc::clone(&polled));
            let closed = spawner.launch(async move {
                polled.fetch_add(1, Ordering::SeqCst);
                drop(probe);
            });
            let closed = closed.unwrap_err();
            assert!(closed.to_string().contains("has ended"), "{closed}");
            assert_eq!(probes.dropped(), probes.made() - 1, "handed back whole");
        }
        probes.all_dropped(4);
        assert_eq!(polled.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn future_that_was_handed_back_can_be_started_elsewhere() {
    both(async || {
        let ended = scope!(|s| s.spawner()).await;
        let probes = Probes::new();
        let probe = probes.probe();
        let Err(Closed(future)) = ended.launch(async move { drop(probe) }) else {
            panic!("its scope has ended")
        };
        scope!(|s| s.launch(future.into_inner())).await;
        probes.all_dropped(1);
    });
}

#[test]
fn scope_takes_launches_until_its_foreground_is_empty() {
    both(async || {
        let (polled, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let body_ended = Arc::new(Notify::new());
        scope!(|s| {
            let _ended = OnDrop::new(|| body_ended.notify_one());
            let (spawner, ended, polled) =
                (s.spawner(), Arc::clone(&body_ended), Arc::clone(&polled));
            s.launch(async move {
                ended.notified().await;
                assert!(try_launch(&spawner, &polled), "this child is of the foreground");
            });
            let (spawner, refused, started) =
                (s.spawner(), Arc::clone(&refused), Arc::new(Notify::new()));
            let shield_started = Arc::clone(&started);
            s.background(async move {
                // The helper is cancelled when the scope closes; its shield sees it closed.
                shield!({
                    shield_started.notify_one();
                    until(|| {
                        let launched = spawner.launch(async {}).is_ok();
                        refused.fetch_add(usize::from(!launched), Ordering::SeqCst);
                        !launched
                    })
                    .await;
                })
                .await;
            });
            started.notified().await;
        })
        .await;
        assert_eq!((polled.load(Ordering::SeqCst), refused.load(Ordering::SeqCst)), (1, 1));
    });
}

#[test]
fn scope_that_is_cancelled_hands_launches_back_though_tasks_are_left() {
    both(async || {
        let (token, gate) = (CancellationToken::new(), Gate::new());
        let (polled, started) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut spawner = None;
        let mut scope = Box::pin(
            scope!(|s| {
                spawner = Some(s.spawner());
                let (gate, started) = (gate.clone(), Arc::clone(&started));
                let work = s.spawn_blocking(move || {
                    started.notify_one();
                    gate.pass();
                });
                work.await;
            })
            .cancelled_by(token.clone()),
        );
        assert!(poll_once(&mut scope).await.is_pending());
        started.notified().await;
        token.cancel();
        assert!(poll_once(&mut scope).await.is_pending());
        gate.open();
        let ended = scope.await;
        let spawner = spawner.unwrap();
        assert_eq!(ended, Err(Interrupted::Cancelled));
        assert!(!try_launch(&spawner, &polled));
        assert_eq!(polled.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn error_of_what_a_spawner_launched_fails_the_scope() {
    both(async || {
        let probes = Probes::slow();
        let failed: Result<(), Fault> = try_scope!(|s| {
            let (spawner, probe) = (s.spawner(), probes.probe());
            s.launch(async move {
                let _probe = probe;
                assert!(spawner.launch(async { Err(Fault("launched")) }).is_ok());
                pending::<()>().await;
            });
            pending().await
        })
        .await;
        assert_eq!(failed, Err(Fault("launched")));
        probes.all_dropped(1);
    });
}

#[test]
fn launch_that_races_with_the_end_is_waited_for_or_handed_back() {
    multi(async || {
        let (mut all_started, mut all_refused) = (0, 0);
        while all_started < 200 || all_refused < 200 {
            let ran = Arc::new(AtomicUsize::new(0));
            let mut launcher = None;
            scope!(|s| {
                let (go, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
                launcher = Some(unowned({
                    let (spawner, ran) = (s.spawner(), Arc::clone(&ran));
                    let (go, gone) = (Arc::clone(&go), Arc::clone(&gone));
                    async move {
                        go.notified().await;
                        gone.notify_one();
                        let mut started = 0;
                        while started < 20 && try_launch(&spawner, &ran) {
                            started += 1;
                        }
                        started
                    }
                }));
                go.notify_one();
                gone.notified().await;
            })
            .await;
            let ran_in_time = ran.load(Ordering::SeqCst);
            let started = launcher.unwrap().await.unwrap();
            assert_eq!((started, ran.load(Ordering::SeqCst)), (ran_in_time, ran_in_time));
            all_started += started;
            all_refused += usize::from(started < 20);
        }
    });
}
