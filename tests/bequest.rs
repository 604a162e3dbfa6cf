//! Scopes that are dropped before their end: the next living owner waits for their tasks (R2).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foster::{Spawner, root, scope, shield};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{Gate, Probes, Sequence, both, on_thread, poll_once, single, unowned, until};

/// A scope with a child that is parked, and whose probe takes its time.
async fn parked_scope(probes: Probes, parked: Arc<Notify>) {
    scope!(|s| {
        let probe = probes.probe();
        s.launch(async move {
            let _probe = probe;
            parked.notify_one();
            pending::<()>().await;
        });
        pending::<()>().await;
    })
    .await;
}

#[test]
fn loser_of_a_select_is_waited_for_by_the_scope_around_it() {
    both(async || {
        let probes = Probes::slow();
        let winner = scope!(|_s| {
            let parked = Arc::new(Notify::new());
            tokio::select! {
                () = parked_scope(probes.clone(), Arc::clone(&parked)) => "the scope",
                () = parked.notified() => "the other",
            }
        })
        .await;
        assert_eq!(winner, "the other");
        probes.all_dropped(1);
    });
}

#[test]
fn timeout_around_a_scope_cancels_and_the_owner_above_waits() {
    single(async || {
        let probes = Probes::new();
        scope!(|_s| {
            let slow = parked_scope(probes.clone(), Arc::default());
            assert!(timeout(Duration::from_secs(1), slow).await.is_err());
            assert_eq!((probes.made(), probes.dropped()), (1, 0), "no drop blocks");
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn at_the_top_stands_the_root() {
    both(async || {
        let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
        let mut client = Box::pin(parked_scope(probes.clone(), Arc::clone(&parked)));
        assert!(poll_once(&mut client).await.is_pending());
        parked.notified().await;
        drop(client);
        root().drained().await;
        probes.all_dropped(1);
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn root_counts_a_dropped_scope_until_its_tasks_are_gone() {
    single(async || {
        let mut client = Box::pin(parked_scope(Probes::new(), Arc::default()));
        assert!(poll_once(&mut client).await.is_pending());
        tokio::task::yield_now().await;
        assert_eq!(root().live(), 0);
        drop(client);
        assert_eq!(root().live(), 1, "its tasks, as one");
        root().drained().await;
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn request_whose_client_hangs_up_is_cleaned_up() {
    both(async || {
        let (probes, parked) = (Probes::slow(), Arc::new(Notify::new()));
        let request = unowned(parked_scope(probes.clone(), Arc::clone(&parked)));
        parked.notified().await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn scope_that_never_ran_leaves_nothing() {
    single(async || {
        drop(parked_scope(Probes::new(), Arc::default()));
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn heir_is_the_nearest_owner_and_waits_before_its_own_end() {
    both(async || {
        let steps = Sequence::new();
        scope!(|_s| {
            scope!(|_s| {
                let (gate, started) = (Gate::new(), Arc::new(Notify::new()));
                let (work_gate, work_started, ended) =
                    (gate.clone(), Arc::clone(&started), steps.on_drop(3));
                let mut lost = Box::pin(scope!(|s| {
                    let work = s.spawn_blocking(move || {
                        work_started.notify_one();
                        work_gate.pass();
                        drop(ended);
                    });
                    work.await;
                }));
                assert!(poll_once(&mut lost).await.is_pending());
                started.notified().await;
                steps.expect(1);
                drop(lost);
                steps.expect(2);
                gate.open();
            })
            .await;
            steps.expect(4);
        })
        .await;
        steps.finish(5);
    });
}

#[test]
fn chain_of_dropped_scopes_passes_all_to_the_living_one() {
    fn chain(
        depth: u32,
        probes: Probes,
        parked: Arc<Notify>,
    ) -> futures_util::future::BoxFuture<'static, ()> {
        Box::pin(async move {
            scope!(|s| {
                let probe = probes.probe();
                s.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                if depth == 0 {
                    parked.notify_one();
                    pending::<()>().await;
                }
                chain(depth - 1, probes.clone(), Arc::clone(&parked)).await;
            })
            .await;
        })
    }
    both(async || {
        let probes = Probes::slow();
        scope!(|_s| {
            let parked = Arc::new(Notify::new());
            tokio::select! {
                () = chain(30, probes.clone(), Arc::clone(&parked)) => {}
                () = parked.notified() => {}
            }
        })
        .await;
        probes.all_dropped(31);
    });
}

#[test]
fn shield_in_a_dropped_scope_runs_to_its_end() {
    single(async || {
        let (start, written) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        scope!(|_s| {
            let request = scope!(|s| {
                let written = Arc::clone(&written);
                s.launch(async move {
                    shield!({
                        sleep(Duration::from_secs(5)).await;
                        written.store(true, Ordering::SeqCst);
                    })
                    .await;
                });
                pending::<()>().await;
            });
            assert!(timeout(Duration::from_secs(1), request).await.is_err());
        })
        .await;
        assert_eq!((start.elapsed().as_secs(), written.load(Ordering::SeqCst)), (5, true));
    });
}

#[test]
fn what_a_helper_drops_does_not_hold_its_owner_open() {
    both(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        scope!(|s| {
            let (lost, work_gate, probe) = (Arc::new(Notify::new()), gate.clone(), probes.probe());
            let helper_lost = Arc::clone(&lost);
            s.background(async move {
                let started = Arc::new(Notify::new());
                let work_started = Arc::clone(&started);
                let mut inner = Box::pin(async move {
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
                assert!(poll_once(&mut inner).await.is_pending());
                started.notified().await;
                drop(inner);
                helper_lost.notify_one();
                pending::<()>().await;
            });
            lost.notified().await;
            assert_eq!(s.live(), 2, "the helper and what it left behind");
            let (spawner, gate) = (Spawner::current(), gate.clone());
            // When the foreground is empty the scope is closed, though what was left behind runs on.
            drop(unowned(async move {
                while let Ok(()) = spawner.launch(async {}) {
                    tokio::task::yield_now().await;
                }
                gate.open();
            }));
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn scope_may_be_dropped_on_a_thread_without_a_runtime() {
    both(async || {
        let probes = Probes::slow();
        scope!(|_s| {
            let (parked, probes) = (Arc::new(Notify::new()), probes.clone());
            let mut lost = Box::pin(parked_scope(probes, Arc::clone(&parked)));
            assert!(poll_once(&mut lost).await.is_pending());
            parked.notified().await;
            let thread = on_thread(move || drop(lost));
            until(|| thread.is_finished()).await;
            thread.join().unwrap();
        })
        .await;
        probes.all_dropped(1);
    });
}
