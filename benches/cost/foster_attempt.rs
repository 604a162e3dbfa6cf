//! `Supervisor::attempt`: a child of a supervisor whose result is taken from its handle.

use std::hint::black_box;

use foster::Supervisor;
use foster_benches::children;

use crate::Operations;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
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
