//! Readings of the counting allocator, and the warm-up that they need.

use foster_benches::children;
use stats_alloc::INSTRUMENTED_SYSTEM;

/// Bytes that are allocated now.
pub(crate) fn live_bytes() -> i64 {
    let stats = INSTRUMENTED_SYSTEM.stats();
    signed(stats.bytes_allocated) - signed(stats.bytes_deallocated)
}

/// Allocations made so far. A reallocation, the growth of a buffer that all children share, is none.
pub(crate) fn allocations() -> i64 {
    signed(INSTRUMENTED_SYSTEM.stats().allocations)
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `count` for each of `n`.
pub(crate) fn per(count: i64, n: u32) -> f64 {
    i32::try_from(count).map_or(f64::INFINITY, f64::from) / f64::from(n)
}

/// Grows what the runtime keeps for ever, its queue above all, to what `n` tasks need.
pub(crate) async fn warm_up(n: u32) {
    let tasks: Vec<_> = (0..n).map(|_| tokio::spawn(children::ready(0))).collect();
    for task in tasks {
        task.await.expect("the child neither panics nor is cancelled");
    }
}
