//! tokio-util's `TaskTracker`, with a child `CancellationToken` for each task: what counts, waits
//! and cancels, as an owner does.

use std::hint::black_box;

use foster_benches::command::Operations;
use foster_benches::{Boxed, children, park_one, settle};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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

#[derive(Default)]
struct Tasks {
    tracker: TaskTracker,
    token: CancellationToken,
}

impl Tasks {
    fn spawn<F>(&self, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tracker.spawn(self.token.child_token().run_until_cancelled_owned(future))
    }

    async fn wait(self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    async fn cancel(self) {
        self.token.cancel();
        self.wait().await;
    }
}

fn value<T>(joined: Result<Option<T>, JoinError>) -> T {
    joined.ok().flatten().expect("no child panics or is cancelled here")
}

async fn ready(n: usize) {
    let tasks = Tasks::default();
    let handles: Vec<_> = (0..n).map(|i| tasks.spawn(children::ready(i))).collect();
    for handle in handles {
        black_box(value(handle.await));
    }
    tasks.wait().await;
}

async fn one_yield(n: usize) {
    let tasks = Tasks::default();
    let handles: Vec<_> = (0..n).map(|i| tasks.spawn(children::one_yield(i))).collect();
    for handle in handles {
        black_box(value(handle.await));
    }
    tasks.wait().await;
}

async fn park(n: usize) {
    let tasks = Tasks::default();
    for _ in 0..n {
        tasks.spawn(children::parked());
    }
    settle().await;
    tasks.cancel().await;
}

async fn scope_of_one(n: usize) {
    for _ in 0..n {
        let tasks = Tasks::default();
        tasks.spawn(children::parked());
        park_one().await;
        tasks.cancel().await;
    }
}

async fn request(n: usize) {
    for i in 0..n {
        let tasks = Tasks::default();
        let user = tasks.spawn(children::two_yields(i));
        let orders = tasks.spawn(children::two_yields(i));
        let prices = tasks.spawn(children::two_yields(i));
        black_box(value(user.await) + value(orders.await) + value(prices.await));
        tasks.wait().await;
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
        let tasks = Tasks::default();
        let branches: Vec<_> = (0..8).map(|_| tasks.spawn(tree(depth - 1))).collect();
        let mut leaves = 0;
        for branch in branches {
            leaves += value(branch.await);
        }
        tasks.wait().await;
        leaves
    })
}

async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            let tasks = Tasks::default();
            black_box(value(tasks.spawn(children::one_yield(i)).await));
            tasks.wait().await;
        });
        handler.await.expect("it does not panic");
    }
}

/// Without a token, as a function on a blocking thread cannot be cancelled.
async fn blocking(n: usize) {
    let tasks = TaskTracker::new();
    for i in 0..n {
        let ended = tasks.spawn_blocking(move || black_box(i)).await;
        black_box(ended.is_ok());
    }
    tasks.close();
    tasks.wait().await;
}
