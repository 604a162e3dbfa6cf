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
pub trait Limit: Default {
    /// The same bounds, to add one to.
    #[doc(hidden)]
    fn into_bounded(self) -> Bounded;

    /// The bounds, where there can be any.
    #[doc(hidden)]
    fn bounds(&mut self) -> Option<&mut Bounded>;
}

impl Limit for Unbounded {
    fn into_bounded(self) -> Bounded {
        Bounded::default()
    }

    fn bounds(&mut self) -> Option<&mut Bounded> {
        None
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

    /// Starts the clock; an error when a bound is reached already.
    pub(crate) fn start(&mut self) -> Result<(), Interrupted> {
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

    /// Waits for the first bound to be reached.
    pub(crate) fn poll_reached(&mut self, cx: &mut Context<'_>) -> Poll<Interrupted> {
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

impl Limit for Bounded {
    fn into_bounded(self) -> Bounded {
        self
    }

    fn bounds(&mut self) -> Option<&mut Bounded> {
        Some(self)
    }
}
