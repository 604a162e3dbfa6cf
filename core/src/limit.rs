//! The bounds of a scope: `within` and `cancelled_by`.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::failure::Interrupted;

/// Polls what limits other work, outside of the budget of its task (tokio's coop): work that uses
/// the budget up in each poll would starve its own limit.
pub(crate) fn poll<F: Future + ?Sized>(
    limit: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    pin!(coop::unconstrained(limit)).poll(cx)
}

/// The state of a scope or shield without bounds.
#[derive(Debug, Default)]
pub struct Unbounded(pub(crate) ());

/// The bounds of a scope or shield.
#[derive(Debug, Default)]
pub struct Bounded {
    within: Option<Duration>,
    tokens: Vec<CancellationToken>,
    sleep: Option<Pin<Box<Sleep>>>,
    cancelled: Vec<Pin<Box<WaitForCancellationFutureOwned>>>,
}

/// Either of the two; what generated code and bounds name.
pub trait Limit: Bounds + Default {
    /// The same bounds, to add one to.
    #[doc(hidden)]
    fn into_bounded(self) -> Bounded;
}

/// What of a [`Limit`] does not depend on its type.
pub trait Bounds {
    /// Starts the clock; an error when a bound is reached already.
    #[doc(hidden)]
    fn start(&mut self) -> Result<(), Interrupted>;

    /// Waits for the first bound to be reached.
    #[doc(hidden)]
    fn poll_reached(&mut self, cx: &mut Context<'_>) -> Poll<Interrupted>;
}

impl Limit for Unbounded {
    fn into_bounded(self) -> Bounded {
        Bounded::default()
    }
}

impl Bounds for Unbounded {
    fn start(&mut self) -> Result<(), Interrupted> {
        Ok(())
    }

    fn poll_reached(&mut self, _cx: &mut Context<'_>) -> Poll<Interrupted> {
        Poll::Pending
    }
}

impl Bounded {
    /// Of several, the shortest counts.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.within = Some(self.within.map_or(limit, |known| known.min(limit)));
        self
    }

    pub(crate) fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.tokens.push(token);
        self
    }
}

impl Limit for Bounded {
    fn into_bounded(self) -> Bounded {
        self
    }
}

impl Bounds for Bounded {
    fn start(&mut self) -> Result<(), Interrupted> {
        if self.tokens.iter().any(CancellationToken::is_cancelled) {
            return Err(Interrupted::Cancelled);
        }
        if self.within == Some(Duration::ZERO) {
            return Err(Interrupted::Elapsed);
        }
        self.sleep = self.within.map(|limit| Box::pin(tokio::time::sleep(limit)));
        let tokens = self.tokens.drain(..);
        self.cancelled = tokens.map(|token| Box::pin(token.cancelled_owned())).collect();
        Ok(())
    }

    fn poll_reached(&mut self, cx: &mut Context<'_>) -> Poll<Interrupted> {
        if self.cancelled.iter_mut().any(|token| poll(token.as_mut(), cx).is_ready()) {
            self.cancelled.clear();
            return Poll::Ready(Interrupted::Cancelled);
        }
        if self.sleep.as_mut().is_some_and(|sleep| poll(sleep.as_mut(), cx).is_ready()) {
            self.sleep = None;
            return Poll::Ready(Interrupted::Elapsed);
        }
        Poll::Pending
    }
}
