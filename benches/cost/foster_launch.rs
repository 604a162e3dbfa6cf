//! `scope!` with `launch`: no handles, the scope's end waits for the children.

use std::hint::black_box;

use foster::scope;
use foster_benches::command::Operations;
use foster_benches::{Boxed, children, park_one, settle};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" => Box::pin(request(n)),
        "tree" => Box::pin(forest(n)),
        "handler" => Box::pin(handler(n)),
        _ => return None,
    })
}

async fn ready(n: usize) {
    scope!(|s| {
        for i in 0..n {
            s.launch(async move {
                black_box(i);
            });
        }
    })
    .await;
}

async fn one_yield(n: usize) {
    scope!(|s| {
        for i in 0..n {
            s.launch(async move {
                tokio::task::yield_now().await;
                black_box(i);
            });
        }
    })
    .await;
}

async fn park(n: usize) {
    scope!(|s| {
        for _ in 0..n {
            s.launch(children::parked());
        }
        settle().await;
        s.cancel_children().await;
    })
    .await;
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        scope!(|s| {
            s.launch(children::parked());
            park_one().await;
            s.cancel_children().await;
        })
        .await;
    }
}

async fn two_yields(value: usize) {
    black_box(children::two_yields(value).await);
}

async fn request(n: usize) {
    for i in 0..n {
        scope!(|s| {
            s.launch(two_yields(i));
            s.launch(two_yields(i));
            s.launch(two_yields(i));
        })
        .await;
    }
}

async fn forest(n: usize) {
    for _ in 0..n {
        tree(3).await;
    }
}

fn tree(depth: u32) -> Boxed<()> {
    Box::pin(async move {
        if depth == 0 {
            return;
        }
        scope!(|s| {
            for _ in 0..8 {
                s.launch(tree(depth - 1));
            }
        })
        .await;
    })
}

async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            scope!(|s| {
                s.launch(async move {
                    black_box(children::one_yield(i).await);
                });
            })
            .await;
        });
        handler.await.expect("it does not panic");
    }
}
