//! `scope!` with `spawn`: every child's value is taken from its handle.

use std::hint::black_box;

use foster::{scope, shield};
use foster_benches::command::Operations;
use foster_benches::{Boxed, children, park_one, settle};
use tokio_util::sync::CancellationToken;

use crate::chain;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" => Box::pin(request(n)),
        "tree" => Box::pin(forest(n)),
        "empty" => Box::pin(empty(n)),
        "chain" => Box::pin(chain::cancelled_at_the_top(n)),
        "handler" => Box::pin(handler(n)),
        "shield" => Box::pin(shielded(n)),
        "interleave" => Box::pin(interleaved(n)),
        "blocking" => Box::pin(blocking(n)),
        _ => return None,
    })
}

async fn ready(n: usize) {
    scope!(|s| {
        let handles: Vec<_> = (0..n).map(|i| s.spawn(children::ready(i))).collect();
        for handle in handles {
            black_box(handle.await);
        }
    })
    .await;
}

async fn one_yield(n: usize) {
    scope!(|s| {
        let handles: Vec<_> = (0..n).map(|i| s.spawn(children::one_yield(i))).collect();
        for handle in handles {
            black_box(handle.await);
        }
    })
    .await;
}

/// The handles are alive, so what cancels comes from outside: a token.
async fn park(n: usize) {
    let token = CancellationToken::new();
    let cancel = token.clone();
    let ended = scope!(|s| {
        let handles: Vec<_> = (0..n).map(|_| s.spawn(children::parked())).collect();
        settle().await;
        cancel.cancel();
        for handle in handles {
            handle.await;
        }
    })
    .cancelled_by(token)
    .await;
    black_box(ended.is_err());
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        scope!(|s| {
            let child = s.spawn(children::parked());
            park_one().await;
            black_box(child.cancel().await);
        })
        .await;
    }
}

async fn request(n: usize) {
    for i in 0..n {
        let total = scope!(|s| {
            let user = s.spawn(children::two_yields(i));
            let orders = s.spawn(children::two_yields(i));
            let prices = s.spawn(children::two_yields(i));
            user.await + orders.await + prices.await
        });
        black_box(total.await);
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
        scope!(|s| {
            let branches: Vec<_> = (0..8).map(|_| s.spawn(tree(depth - 1))).collect();
            let mut leaves = 0;
            for branch in branches {
                leaves += branch.await;
            }
            leaves
        })
        .await
    })
}

/// What a scope costs that starts nothing.
async fn empty(n: usize) {
    for i in 0..n {
        black_box(scope!(|_| black_box(i)).await);
    }
}

/// A scope in a task that foster knows nothing of, as a server's handlers are: its parent is the root.
async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            scope!(|s| {
                black_box(s.spawn(children::one_yield(i)).await);
            })
            .await;
        });
        handler.await.expect("it does not panic");
    }
}

async fn shielded(n: usize) {
    scope!(|_s| {
        for i in 0..n {
            black_box(shield!(children::one_yield(i).await).await);
        }
    })
    .await;
}

/// The request of three on the scope's own task: the children borrow what they write to.
async fn interleaved(n: usize) {
    for i in 0..n {
        let (mut user, mut orders, mut prices) = (0, 0, 0);
        scope!(|s| {
            s.interleave(async { user = children::two_yields(i).await });
            s.interleave(async { orders = children::two_yields(i).await });
            s.interleave(async { prices = children::two_yields(i).await });
        })
        .await;
        black_box(user + orders + prices);
    }
}

async fn blocking(n: usize) {
    scope!(|s| {
        for i in 0..n {
            black_box(s.spawn_blocking(move || black_box(i)).await);
        }
    })
    .await;
}
