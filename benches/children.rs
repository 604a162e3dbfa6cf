//! The children: the same futures under every owner.

use std::fmt;
use std::future::pending;
use std::hint::black_box;

use tokio::task::yield_now;

/// The error of a child that fails.
#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Ends at its first poll.
#[expect(clippy::unused_async, reason = "a child is a future, also with nothing to wait for")]
pub async fn ready(value: usize) -> usize {
    black_box(value)
}

/// Ends at its second poll.
pub async fn one_yield(value: usize) -> usize {
    yield_now().await;
    black_box(value)
}

/// Ends at its third poll.
pub async fn two_yields(value: usize) -> usize {
    yield_now().await;
    yield_now().await;
    black_box(value)
}

/// Never ends by itself. One byte: what is measured with it is the owner's.
pub async fn parked() {
    pending::<()>().await;
}

/// [`parked`] with something to remember: sixteen bytes.
pub async fn parked_with_state() {
    let state = black_box(0u64);
    pending::<()>().await;
    black_box(state);
}

/// [`ready`], for owners whose children return a `Result`.
///
/// # Errors
///
/// None: fallible by type only.
#[expect(clippy::unused_async, reason = "a child is a future, also with nothing to wait for")]
pub async fn try_ready(value: usize) -> Result<usize, Refused> {
    Ok(black_box(value))
}

/// [`one_yield`], for owners whose children return a `Result`.
///
/// # Errors
///
/// None: fallible by type only.
pub async fn try_one_yield(value: usize) -> Result<usize, Refused> {
    yield_now().await;
    Ok(black_box(value))
}

/// [`two_yields`], for owners whose children return a `Result`.
///
/// # Errors
///
/// None: fallible by type only.
pub async fn try_two_yields(value: usize) -> Result<usize, Refused> {
    yield_now().await;
    yield_now().await;
    Ok(black_box(value))
}

/// [`parked`], for owners whose children return a `Result`.
///
/// # Errors
///
/// None: fallible by type only.
pub async fn try_parked() -> Result<(), Refused> {
    pending().await
}
