//! `Supervisor::launch`: a child that is registered at its start, isolated and counted.

use std::hint::black_box;
use std::time::Duration;

use foster::Supervisor;
use foster_benches::command::Operations;
use foster_benches::{children, park_one, settle};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "shield" => Box::pin(shielded(n)),
        _ => return None,
    })
}

/// With no grace, so that a shutdown cancels at once.
fn supervisor() -> Supervisor {
    Supervisor::builder("cost").grace(Duration::ZERO).cancel_within(Duration::MAX).build()
}

async fn ready(n: usize) {
    let supervisor = supervisor();
    for i in 0..n {
        supervisor.launch(async move {
            black_box(i);
        });
    }
    black_box(supervisor.join().await.is_clean());
}

async fn one_yield(n: usize) {
    let supervisor = supervisor();
    for i in 0..n {
        supervisor.launch(async move {
            tokio::task::yield_now().await;
            black_box(i);
        });
    }
    black_box(supervisor.join().await.is_clean());
}

async fn park(n: usize) {
    let supervisor = supervisor();
    for _ in 0..n {
        supervisor.launch(children::parked());
    }
    settle().await;
    black_box(supervisor.shutdown().await.is_clean());
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        let supervisor = supervisor();
        supervisor.launch(children::parked());
        park_one().await;
        black_box(supervisor.shutdown().await.is_clean());
    }
}

async fn shielded(n: usize) {
    let supervisor = supervisor();
    for i in 0..n {
        black_box(supervisor.shield(children::one_yield(i)).await);
    }
    black_box(supervisor.join().await.is_clean());
}
