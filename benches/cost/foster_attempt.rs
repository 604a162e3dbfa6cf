//! `Supervisor::attempt`: a child of a supervisor whose result is taken from its handle.

use std::hint::black_box;

use foster::Supervisor;
use foster_benches::children::{self, Refused};
use foster_benches::command::Operations;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "shield" => Box::pin(awaited(n)),
        "blocking" => Box::pin(blocking(n)),
        _ => return None,
    })
}

async fn ready(n: usize) {
    let supervisor = Supervisor::builder("cost").build();
    let handles: Vec<_> = (0..n).map(|i| supervisor.attempt(children::try_ready(i))).collect();
    for handle in handles {
        black_box(handle.await.is_ok());
    }
    black_box(supervisor.join().await.is_clean());
}

async fn one_yield(n: usize) {
    let supervisor = Supervisor::builder("cost").build();
    let handles: Vec<_> = (0..n).map(|i| supervisor.attempt(children::try_one_yield(i))).collect();
    for handle in handles {
        black_box(handle.await.is_ok());
    }
    black_box(supervisor.join().await.is_clean());
}

/// Beside a shield: a task whose result is awaited at once.
async fn awaited(n: usize) {
    let supervisor = Supervisor::builder("cost").build();
    for i in 0..n {
        black_box(supervisor.attempt(children::try_one_yield(i)).await.is_ok());
    }
    black_box(supervisor.join().await.is_clean());
}

async fn blocking(n: usize) {
    let supervisor = Supervisor::builder("cost").build();
    for i in 0..n {
        let done = supervisor.spawn_blocking(move || Ok::<_, Refused>(black_box(i)));
        black_box(done.await.is_ok());
    }
    black_box(supervisor.join().await.is_clean());
}
