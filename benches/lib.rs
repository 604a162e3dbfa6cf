//! Measures foster beside its peers; see `README.md`.
//!
//! The programs share what is here: `cost` runs one operation many times, for callgrind to count
//! instructions; `bytes` counts what passes through the allocator; `two-threads` and `sleepers` take
//! times. The bench target `table` runs them and makes one table and one picture of what they say.

#![forbid(unsafe_code)]

pub mod children;
pub mod command;

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

/// A future that may call itself, and may be a task.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Waits until every task that was started before has been polled.
///
/// The queue of a `current_thread` runtime is first in, first out: when a task that is started now
/// has run, so have all before it. Fixed in cost, so a slope between two sizes does not see it.
pub async fn settle() {
    let last = tokio::spawn(async {});
    black_box(last.await.is_ok());
}

/// Lets a single child that was just started park, and its opener go on.
///
/// Three turns of the opener; for a scope of one [`settle`] would cost as much as the scope.
pub async fn park_one() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}
