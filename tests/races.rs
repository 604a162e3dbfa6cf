//! Two things at once, often: each time exactly one of the ends is seen, and nothing is lost (R1, R5).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use foster::{root, scope, try_scope};
use futures_util::future::BoxFuture;
use tokio::runtime;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Fault, Probe, Probes, block_until, forget, in_time, multi, panic_of, poll_once, text_of,
    unowned,
};

const ROUNDS: usize = 300;

/// Takes a little time, and not always the same.
async fn linger(round: usize) {
    for _ in 0..round % 7 {
        std::hint::spin_loop();
        if round.is_multiple_of(3) {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn cancel_against_the_end_of_a_child() {
    multi(async || {
        let (mut values, mut cancelled) = (0, 0);
        let mut round = 0;
        while values < 50 || cancelled < 50 {
            let probes = Probes::new();
            scope!(|s| {
                let probe = probes.probe();
                let child = s.spawn(async move {
                    linger(round).await;
                    probe
                });
                if round % 2 == 0 {
                    block_until(|| child.is_finished() || round % 4 == 0);
                }
                match in_time(child.cancel()).await {
                    Some(value) => {
                        assert_eq!(probes.dropped(), 0);
                        values += 1;
                        drop(value);
                    }
                    None => cancelled += 1,
                }
                probes.all_dropped(1);
            })
            .await;
            round += 1;
        }
    });
}

#[test]
fn token_against_the_end_of_the_scope() {
    multi(async || {
        let (mut ends, mut round) = ([0, 0], 0);
        while round < ROUNDS || ends.contains(&0) {
            round += 1;
            let (probes, token) = (Probes::new(), CancellationToken::new());
            let canceller = unowned({
                let token = token.clone();
                async move {
                    linger(round).await;
                    token.cancel();
                }
            });
            let ended = in_time(
                scope!(|s| {
                    let (a, b) = (probes.probe(), probes.probe());
                    s.background(async move {
                        let _probe = a;
                        pending::<()>().await;
                    });
                    let child = s.spawn(async move {
                        linger(ROUNDS.abs_diff(round)).await;
                        b
                    });
                    child.await
                })
                .cancelled_by(token),
            )
            .await;
            ends[usize::from(ended.is_ok())] += 1;
            drop(ended);
            // None when the token was first: then the body never ran.
            probes.all_dropped(probes.made());
            canceller.await.unwrap();
        }
        assert!(!ends.contains(&0), "one side never won: {ends:?}");
    });
}

#[test]
fn failures_of_many_children_at_once() {
    multi(async || {
        for _ in 0..ROUNDS {
            let probes = Probes::new();
            let (ready, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
            let failed: Result<(), Fault> = in_time(try_scope!(|s| {
                for n in 0..6 {
                    let (probe, ready, go) = (probes.probe(), Arc::clone(&ready), Arc::clone(&go));
                    s.launch(async move {
                        let _probe = probe;
                        ready.fetch_add(1, Ordering::SeqCst);
                        while !go.load(Ordering::SeqCst) {
                            tokio::task::yield_now().await;
                        }
                        if n < 3 { Err(Fault("one of three")) } else { pending().await }
                    });
                }
                block_until(|| ready.load(Ordering::SeqCst) == 6);
                go.store(true, Ordering::SeqCst);
                pending().await
            }))
            .await;
            assert_eq!(failed, Err(Fault("one of three")));
            probes.all_dropped(6);
        }
    });
}

/// A scope, boxed so that it can be moved around, with children that end by themselves or are parked.
fn busy_scope(round: usize, probes: &Probes) -> BoxFuture<'static, Probe> {
    let held: Vec<_> = (0..4).map(|_| probes.probe()).collect();
    let value = probes.probe();
    Box::pin(async move {
        scope!(|s| {
            for (n, probe) in held.into_iter().enumerate() {
                s.launch(async move {
                    let _probe = probe;
                    linger(round + n).await;
                    if n == 0 && round.is_multiple_of(2) {
                        pending::<()>().await;
                    }
                });
            }
            let child = s.spawn(async move {
                linger(round + 5).await;
                value
            });
            child.await
        })
        .await
    })
}

#[test]
fn drop_of_a_scope_against_the_ends_of_its_children() {
    multi(async || {
        for round in 0..ROUNDS {
            let probes = Probes::new();
            in_time(scope!(|_outer| {
                let mut inner = busy_scope(round, &probes);
                let polled = poll_once(&mut inner).await.is_ready();
                linger(round / 3).await;
                assert!(!polled || round % 2 == 1, "one child is parked");
                drop(inner);
            }))
            .await;
            probes.all_dropped(5);
        }
        in_time(root().drained()).await;
    });
}

#[test]
fn drop_of_an_escaped_scope_against_the_end_of_its_owner() {
    multi(async || {
        for round in 0..ROUNDS {
            let probes = Probes::new();
            let mut elsewhere = None;
            in_time(scope!(|_outer| {
                let mut inner = busy_scope(round, &probes);
                if poll_once(&mut inner).await.is_pending() {
                    elsewhere = Some(unowned(async move {
                        linger(round).await;
                        if round % 5 == 0 { forget(inner) } else { drop(inner) }
                    }));
                }
                linger(round / 2).await;
            }))
            .await;
            // What its owner waited for are the tasks; a value that was taken is with the scope.
            if let Some(elsewhere) = elsewhere {
                in_time(elsewhere).await.unwrap();
            }
            assert!(probes.dropped() >= 4, "round {round}: {probes:?}");
        }
    });
}

#[test]
fn poll_of_an_escaped_scope_against_the_end_of_its_owner() {
    multi(async || {
        let mut panics = 0;
        for round in 0..ROUNDS {
            let probes = Probes::new();
            let mut elsewhere = None;
            in_time(scope!(|_outer| {
                let mut inner = busy_scope(round, &probes);
                if poll_once(&mut inner).await.is_pending() {
                    elsewhere = Some(unowned(inner));
                }
                linger(round / 2).await;
            }))
            .await;
            // Whatever came first, who polls it gets an answer.
            let Some(elsewhere) = elsewhere else { continue };
            match in_time(elsewhere).await {
                Ok(value) => drop(value),
                Err(error) => {
                    let payload = error.into_panic();
                    assert!(text_of(&*payload).contains("moved to another task"));
                    panics += 1;
                }
            }
            probes.all_dropped(5);
        }
        assert!(panics > 0, "those with a parked child cannot end well");
    });
}

#[test]
fn end_of_the_runtime_against_everything() {
    for round in 0..30 {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let probes = Probes::new();
        runtime.block_on(async {
            for n in 0..10 {
                let mut inner = busy_scope(round + n, &probes);
                if n % 2 == 0 {
                    drop(unowned(inner));
                } else {
                    // Dropped here, while its children run.
                    drop(poll_once(&mut inner).await);
                }
            }
            linger(round).await;
        });
        drop(runtime);
        probes.all_dropped(50);
    }
}

#[test]
fn panics_of_many_children_at_once() {
    multi(async || {
        for _ in 0..50 {
            let probes = Probes::new();
            let payload = in_time(panic_of(
                scope!(|s| {
                    for _ in 0..6 {
                        let probe = probes.probe();
                        s.launch(async move {
                            let _probe = probe;
                            tokio::task::yield_now().await;
                            panic!("one of many");
                        });
                    }
                    pending::<()>().await;
                })
                .cancelled_by(CancellationToken::new()),
            ))
            .await;
            assert_eq!(text_of(&*payload), "one of many");
            probes.all_dropped(6);
        }
    });
}
