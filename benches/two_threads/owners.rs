//! The owners, each fed by two tasks on two workers.
//!
//! A starter starts a batch, lets the runtime run it, and then takes what its handles hold, where
//! there are handles. What is timed ends when the last child has ended.

use std::sync::{Arc, Mutex, PoisonError};

use foster::{Spawner, Supervisor};
use foster_benches::children::Refused;
use tokio::task::{JoinSet, yield_now};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Load;

async fn child(yields: bool) {
    if yields {
        yield_now().await;
    }
}

async fn try_child(yields: bool) -> Result<(), Refused> {
    child(yields).await;
    Ok(())
}

/// Runs a starter on each of the two workers, and waits for both.
async fn twice<F>(starter: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (one, other) = (tokio::spawn(starter()), tokio::spawn(starter()));
    one.await.expect("a starter does not panic");
    other.await.expect("a starter does not panic");
}

/// Starts one child after another, a batch at a time.
async fn in_batches(load: Load, mut start: impl FnMut()) {
    for _ in 0..load.batches {
        (0..load.batch).for_each(|_| start());
        yield_now().await;
    }
}

pub(crate) async fn raw(load: Load) {
    async fn starter(load: Load) {
        for _ in 0..load.batches {
            let handles: Vec<_> =
                (0..load.batch).map(|_| tokio::spawn(child(load.yields))).collect();
            yield_now().await;
            for handle in handles {
                handle.await.expect("a child neither panics nor is cancelled");
            }
        }
    }
    twice(|| starter(load)).await;
}

pub(crate) async fn join_set(load: Load) {
    let set = Arc::new(Mutex::new(JoinSet::new()));
    twice(|| {
        let set = Arc::clone(&set);
        let with = move |f: &dyn Fn(&mut JoinSet<()>)| {
            f(&mut set.lock().unwrap_or_else(PoisonError::into_inner));
        };
        async move {
            for _ in 0..load.batches {
                (0..load.batch).for_each(|_| with(&|set| drop(set.spawn(child(load.yields)))));
                yield_now().await;
                // What has ended stays in the set until it is taken.
                with(&|set| while set.try_join_next().is_some() {});
            }
        }
    })
    .await;
    let mut set = std::mem::take(&mut *set.lock().unwrap_or_else(PoisonError::into_inner));
    while set.join_next().await.is_some() {}
}

pub(crate) async fn tracker(load: Load) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    twice(|| {
        let (tracker, token) = (tracker.clone(), token.clone());
        in_batches(load, move || {
            let child = token.child_token().run_until_cancelled_owned(child(load.yields));
            drop(tracker.spawn(child));
        })
    })
    .await;
    tracker.close();
    tracker.wait().await;
}

pub(crate) async fn scope(load: Load) {
    foster::scope!(|s| {
        let spawner = s.spawner();
        twice(|| {
            let spawner = spawner.clone();
            in_batches(load, move || assert!(spawner.launch(child(load.yields)).is_ok()))
        })
        .await;
    })
    .await;
}

fn supervisor() -> (Supervisor, Spawner) {
    let supervisor = Supervisor::builder("two threads").build();
    let spawner = supervisor.spawner();
    (supervisor, spawner)
}

pub(crate) async fn launch(load: Load) {
    let (supervisor, spawner) = supervisor();
    twice(|| {
        let spawner = spawner.clone();
        in_batches(load, move || assert!(spawner.launch(child(load.yields)).is_ok()))
    })
    .await;
    assert!(supervisor.join().await.is_clean());
}

pub(crate) async fn attempt(load: Load) {
    let (supervisor, spawner) = supervisor();
    twice(|| {
        let spawner = spawner.clone();
        async move {
            for _ in 0..load.batches {
                let start = || spawner.attempt(try_child(load.yields));
                let handles: Vec<_> = (0..load.batch).filter_map(|_| start().ok()).collect();
                yield_now().await;
                for handle in handles {
                    assert!(handle.await.is_ok());
                }
            }
        }
    })
    .await;
    assert!(supervisor.join().await.is_clean());
}
