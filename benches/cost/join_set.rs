//! tokio's `JoinSet`.

use std::hint::black_box;

use foster_benches::command::Operations;
use foster_benches::{Boxed, children, park_one, settle};
use tokio::task::JoinSet;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" => Box::pin(request(n)),
        "tree" => Box::pin(forest(n)),
        "handler" => Box::pin(handler(n)),
        "blocking" => Box::pin(blocking(n)),
        _ => return None,
    })
}

async fn sum(mut set: JoinSet<usize>) -> usize {
    let mut sum = 0;
    while let Some(joined) = set.join_next().await {
        sum += black_box(joined.expect("no child panics or is cancelled here"));
    }
    sum
}

async fn ready(n: usize) {
    sum((0..n).map(children::ready).collect()).await;
}

async fn one_yield(n: usize) {
    sum((0..n).map(children::one_yield).collect()).await;
}

async fn park(n: usize) {
    let mut set: JoinSet<()> = (0..n).map(|_| children::parked()).collect();
    settle().await;
    set.shutdown().await;
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        let mut set = JoinSet::new();
        set.spawn(children::parked());
        park_one().await;
        set.shutdown().await;
    }
}

async fn request(n: usize) {
    for i in 0..n {
        let mut set = JoinSet::new();
        set.spawn(children::two_yields(i));
        set.spawn(children::two_yields(i));
        set.spawn(children::two_yields(i));
        black_box(sum(set).await);
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
        sum((0..8).map(|_| tree(depth - 1)).collect()).await
    })
}

async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            let mut set = JoinSet::new();
            set.spawn(children::one_yield(i));
            black_box(sum(set).await);
        });
        handler.await.expect("it does not panic");
    }
}

async fn blocking(n: usize) {
    let mut set = JoinSet::new();
    for i in 0..n {
        set.spawn_blocking(move || black_box(i));
        black_box(set.join_next().await.is_some());
    }
}
