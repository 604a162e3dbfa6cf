//! Futures that share one task, which interleaved children are compared with: `join!`,
//! `FuturesUnordered`, and `FuturesUnorderedBounded` of futures-buffered.

use std::hint::black_box;

use foster_benches::children;
use foster_benches::command::Operations;
use futures_buffered::FuturesUnorderedBounded;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

pub(crate) fn row(name: &str, owner: &str, n: usize) -> Option<Operations> {
    Some(match (name, owner) {
        ("interleave", "join") => Box::pin(join(n)),
        ("interleave", "unordered") => Box::pin(unordered(n)),
        ("interleave", "buffered") => Box::pin(buffered(n)),
        _ => return None,
    })
}

async fn join(n: usize) {
    for i in 0..n {
        let (user, orders, prices) = tokio::join!(
            children::two_yields(i),
            children::two_yields(i),
            children::two_yields(i),
        );
        black_box(user + orders + prices);
    }
}

async fn unordered(n: usize) {
    for i in 0..n {
        let mut set = FuturesUnordered::new();
        for _ in 0..3 {
            set.push(children::two_yields(i));
        }
        let mut total = 0;
        while let Some(value) = set.next().await {
            total += value;
        }
        black_box(total);
    }
}

async fn buffered(n: usize) {
    for i in 0..n {
        let mut set = FuturesUnorderedBounded::new(3);
        for _ in 0..3 {
            set.push(children::two_yields(i));
        }
        let mut total = 0;
        while let Some(value) = set.next().await {
            total += value;
        }
        black_box(total);
    }
}
