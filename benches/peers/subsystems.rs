//! tokio-graceful-shutdown: a tree of named subsystems, each a task with another beside it.

use std::hint::black_box;
use std::time::Duration;

use foster_benches::children::{self, Refused};
use foster_benches::command::Operations;
use foster_benches::{park_one, settle};
use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "park" => Box::pin(park(n)),
        "one" => Box::pin(tree_of_one(n)),
        _ => return None,
    })
}

const LIMIT: Duration = Duration::from_mins(1);

async fn ready(n: usize) {
    let top = Toplevel::new(async move |top: &mut SubsystemHandle| {
        for i in 0..n {
            let child = async move |_: &mut SubsystemHandle| {
                black_box(i);
                Ok::<_, Refused>(())
            };
            top.start(SubsystemBuilder::new("child", child));
        }
        top.wait_for_children().await;
        top.request_shutdown();
    });
    black_box(top.handle_shutdown_requests(LIMIT).await.is_ok());
}

async fn one_yield(n: usize) {
    let top = Toplevel::new(async move |top: &mut SubsystemHandle| {
        for i in 0..n {
            let child = async move |_: &mut SubsystemHandle| {
                black_box(children::one_yield(i).await);
                Ok::<_, Refused>(())
            };
            top.start(SubsystemBuilder::new("child", child));
        }
        top.wait_for_children().await;
        top.request_shutdown();
    });
    black_box(top.handle_shutdown_requests(LIMIT).await.is_ok());
}

/// Ends when it is asked to: a subsystem is not cancelled.
async fn parked(subsystem: &mut SubsystemHandle) -> Result<(), Refused> {
    subsystem.on_shutdown_requested().await;
    Ok(())
}

async fn park(n: usize) {
    let top = Toplevel::new(async move |top: &mut SubsystemHandle| {
        for _ in 0..n {
            top.start(SubsystemBuilder::new("child", parked));
        }
        settle().await;
        top.request_shutdown();
    });
    black_box(top.handle_shutdown_requests(LIMIT).await.is_ok());
}

async fn tree_of_one(n: usize) {
    for _ in 0..n {
        let top = Toplevel::new(async |top: &mut SubsystemHandle| {
            top.start(SubsystemBuilder::new("child", parked));
            park_one().await;
            top.request_shutdown();
        });
        black_box(top.handle_shutdown_requests(LIMIT).await.is_ok());
    }
}
