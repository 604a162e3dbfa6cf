//! `try_scope!` with `spawn`: fail-fast, and every child's value is taken from its handle.

use std::hint::black_box;

use foster::try_scope;
use foster_benches::children::{self, Refused};
use foster_benches::command::Operations;
use foster_benches::{Boxed, park_one, settle};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" => Box::pin(request(n)),
        "tree" => Box::pin(forest(n)),
        "empty" => Box::pin(empty(n)),
        "handler" => Box::pin(handler(n)),
        _ => return None,
    })
}

async fn ready(n: usize) {
    let ended = try_scope!(|s| -> Result<(), Refused> {
        let handles: Vec<_> = (0..n).map(|i| s.spawn(children::try_ready(i))).collect();
        for handle in handles {
            black_box(handle.await);
        }
        Ok(())
    });
    black_box(ended.await.is_ok());
}

async fn one_yield(n: usize) {
    let ended = try_scope!(|s| -> Result<(), Refused> {
        let handles: Vec<_> = (0..n).map(|i| s.spawn(children::try_one_yield(i))).collect();
        for handle in handles {
            black_box(handle.await);
        }
        Ok(())
    });
    black_box(ended.await.is_ok());
}

/// Cancelled as a fail-fast scope is: by an error, here the body's.
async fn park(n: usize) {
    let ended = try_scope!(|s| -> Result<(), Refused> {
        let handles: Vec<_> = (0..n).map(|_| s.spawn(children::try_parked())).collect();
        settle().await;
        if black_box(true) {
            return Err(Refused);
        }
        for handle in handles {
            handle.await;
        }
        Ok(())
    });
    black_box(ended.await.is_err());
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        let ended = try_scope!(|s| -> Result<(), Refused> {
            let child = s.spawn(children::try_parked());
            park_one().await;
            if black_box(true) {
                return Err(Refused);
            }
            child.await;
            Ok(())
        });
        black_box(ended.await.is_err());
    }
}

async fn request(n: usize) {
    for i in 0..n {
        let total = try_scope!(|s| -> Result<usize, Refused> {
            let user = s.spawn(children::try_two_yields(i));
            let orders = s.spawn(children::try_two_yields(i));
            let prices = s.spawn(children::try_two_yields(i));
            Ok(user.await + orders.await + prices.await)
        });
        black_box(total.await.is_ok());
    }
}

async fn forest(n: usize) {
    for _ in 0..n {
        black_box(tree(3).await.is_ok());
    }
}

fn tree(depth: u32) -> Boxed<Result<usize, Refused>> {
    Box::pin(async move {
        if depth == 0 {
            return Ok(1);
        }
        try_scope!(|s| -> Result<usize, Refused> {
            let branches: Vec<_> = (0..8).map(|_| s.spawn(tree(depth - 1))).collect();
            let mut leaves = 0;
            for branch in branches {
                leaves += branch.await;
            }
            Ok(leaves)
        })
        .await
    })
}

/// What a scope costs that starts nothing.
async fn empty(n: usize) {
    for i in 0..n {
        let ended = try_scope!(|_| -> Result<usize, Refused> { Ok(black_box(i)) });
        black_box(ended.await.is_ok());
    }
}

async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            let ended = try_scope!(|s| -> Result<usize, Refused> {
                Ok(s.spawn(children::try_one_yield(i)).await)
            });
            black_box(ended.await.is_ok());
        });
        handler.await.expect("it does not panic");
    }
}
