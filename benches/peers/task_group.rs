//! rocketmq-runtime's `TaskGroup`: tasks with names and numbers, a report at the end.

use std::hint::black_box;
use std::time::Duration;

use foster_benches::command::Operations;
use foster_benches::{children, park_one, settle};
use rocketmq_runtime::{RuntimeContext, TaskGroup};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(group_of_one(n)),
        _ => return None,
    })
}

const LIMIT: Duration = Duration::from_mins(1);

fn group(runtime: &RuntimeContext) -> TaskGroup {
    runtime.service_context("service").task_group().clone()
}

async fn ready(n: usize) {
    let runtime = RuntimeContext::from_current("cost");
    let group = group(&runtime);
    for i in 0..n {
        let started = group.spawn_service("child", async move {
            black_box(i);
        });
        black_box(started.is_ok());
    }
    black_box(group.shutdown(LIMIT).await.is_healthy());
}

async fn one_yield(n: usize) {
    let runtime = RuntimeContext::from_current("cost");
    let group = group(&runtime);
    for i in 0..n {
        let started = group.spawn_service("child", async move {
            black_box(children::one_yield(i).await);
        });
        black_box(started.is_ok());
    }
    black_box(group.shutdown(LIMIT).await.is_healthy());
}

async fn park(n: usize) {
    let runtime = RuntimeContext::from_current("cost");
    let group = group(&runtime);
    for _ in 0..n {
        black_box(group.spawn_cancellable_service("child", children::parked()).is_ok());
    }
    settle().await;
    black_box(group.shutdown(LIMIT).await.is_healthy());
}

async fn group_of_one(n: usize) {
    let runtime = RuntimeContext::from_current("cost");
    for _ in 0..n {
        let group = group(&runtime);
        black_box(group.spawn_cancellable_service("child", children::parked()).is_ok());
        park_one().await;
        black_box(group.shutdown(LIMIT).await.is_healthy());
    }
}
