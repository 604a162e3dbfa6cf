//! `tokio::spawn` and its `JoinHandle`: the floor, and what every ratio is taken to.

use std::hint::black_box;

use foster_benches::command::Operations;
use foster_benches::{Boxed, children, park_one, settle};
use tokio::task::JoinHandle;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" | "interleave" => Box::pin(request(n)),
        "tree" => Box::pin(forest(n)),
        "handler" => Box::pin(handler(n)),
        "shield" => Box::pin(awaited(n)),
        "blocking" => Box::pin(blocking(n)),
        _ => return None,
    })
}

fn value<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    joined.expect("no child panics or is cancelled here")
}

async fn ready(n: usize) {
    let handles: Vec<_> = (0..n).map(|i| tokio::spawn(children::ready(i))).collect();
    for handle in handles {
        black_box(value(handle.await));
    }
}

async fn one_yield(n: usize) {
    let handles: Vec<_> = (0..n).map(|i| tokio::spawn(children::one_yield(i))).collect();
    for handle in handles {
        black_box(value(handle.await));
    }
}

async fn park(n: usize) {
    let handles: Vec<_> = (0..n).map(|_| tokio::spawn(children::parked())).collect();
    settle().await;
    handles.iter().for_each(JoinHandle::abort);
    for handle in handles {
        black_box(handle.await.is_err());
    }
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        let handle = tokio::spawn(children::parked());
        park_one().await;
        handle.abort();
        black_box(handle.await.is_err());
    }
}

async fn request(n: usize) {
    for i in 0..n {
        let user = tokio::spawn(children::two_yields(i));
        let orders = tokio::spawn(children::two_yields(i));
        let prices = tokio::spawn(children::two_yields(i));
        black_box(value(user.await) + value(orders.await) + value(prices.await));
    }
}

async fn forest(n: usize) {
    for _ in 0..n {
        black_box(tree(3).await);
    }
}

fn tree(depth: u32) -> Boxed<usize> {
    Box::pin(async move {
        if depth == 0 {
            return 1;
        }
        let branches: Vec<_> = (0..8).map(|_| tokio::spawn(tree(depth - 1))).collect();
        let mut leaves = 0;
        for branch in branches {
            leaves += value(branch.await);
        }
        leaves
    })
}

/// As a server does it: a task for each request, of which the work is one child.
async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            black_box(value(tokio::spawn(children::one_yield(i)).await));
        });
        value(handler.await);
    }
}

/// What a shield is compared with: a task that is started and awaited at once.
async fn awaited(n: usize) {
    for i in 0..n {
        black_box(value(tokio::spawn(children::one_yield(i)).await));
    }
}

async fn blocking(n: usize) {
    for i in 0..n {
        black_box(value(tokio::task::spawn_blocking(move || black_box(i)).await));
    }
}
