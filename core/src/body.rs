//! The body of a scope, in its place: what depends on its type. Every body has code of its own for
//! this, so it is little, and the rest is `life`'s.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A body that can be dropped before what holds it.
pub(crate) trait Body {
    /// Drops it where it is.
    fn clear(self: Pin<&mut Self>);
}

/// A body that outputs an `O`.
pub(crate) trait Outputs<O>: Body {
    /// Polls it, unless it was dropped.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O>;
}

/// A body, to be run.
pub(crate) trait Runnable {
    /// Polls the body; `true` when it has ended with a failure. What it outputs is kept.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<bool>;

    fn body(&mut self) -> Pin<&mut dyn Body>;

    /// Drops the output that was kept, and yields the text of the error in it.
    fn take_error(&mut self) -> Option<String>;
}

impl<B> Body for Option<B> {
    fn clear(mut self: Pin<&mut Self>) {
        self.set(None);
    }
}

impl<B: Future> Outputs<B::Output> for Option<B> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        match self.as_pin_mut() {
            Some(body) => body.poll(cx),
            None => Poll::Pending,
        }
    }
}
