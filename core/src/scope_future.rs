//! `ScopeFuture`: a lexical scope as a future. Its life is in `life`; here is what depends on the
//! types of its body, kept small since every body has its own.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio_util::sync::CancellationToken;

use crate::close::{Close, Ending};
use crate::failure::Origin;
use crate::interleave::{Interleave, Queue};
use crate::life::{self, Droppable, Life, Runnable};
use crate::limit::{Bounded, Limit, Unbounded};
use crate::owner::{Owner, Place, Why};
use crate::policy::Policy;
use crate::scope::Scope;

pin_project! {
    /// A scope that runs when awaited; what `scope!` and `try_scope!` make.
    ///
    /// Its output is that of the body, under `try_scope!` or the first child's `Err`. A bounded
    /// `scope!` outputs `Result<T, Interrupted>`, flat however many bounds it has; a bounded
    /// `try_scope!` keeps its `Result<T, E>`, with `E: From<Interrupted>`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it before its end, in a `select!` or a timeout, cancels the children; who waits for
    /// them is the next living owner (R2). [`within`](Self::within) waits itself.
    ///
    /// # Panics
    ///
    /// It panics when a child did, with that payload, after all children are gone (R4); and when it
    /// was moved to another task and its owner cancelled it there.
    ///
    /// # Drop
    ///
    /// As above. Nothing blocks, and `mem::forget` is safe: the owner above cancels and awaits the
    /// tasks before its own end.
    #[must_use = "a scope does nothing unless it is awaited"]
    pub struct ScopeFuture<'env, P, B, L = Unbounded>
    where
        B: Future,
    {
        #[pin]
        body: Body<P, B, L>,
        // `None` once it was configured, and so moved into another.
        life: Option<Life<'env>>,
        limit: L,
    }

    impl<'env, P, B, L> PinnedDrop for ScopeFuture<'env, P, B, L>
    where
        B: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(life) = this.life {
                life.abandon(this.body);
            }
        }
    }
}

pin_project! {
    /// A body, and then what it has output.
    struct Body<P, B, L>
    where
        B: Future,
    {
        #[pin]
        future: Option<B>,
        output: Option<B::Output>,
        ends: PhantomData<fn() -> (P, L)>,
    }
}

impl<P, B: Future, L> Droppable for Body<P, B, L> {
    fn drop_body(self: Pin<&mut Self>) {
        self.project().future.set(None);
    }

    fn origin(&self, place: Place) -> Origin {
        Origin::of::<B>(place)
    }
}

impl<P: Close<B::Output, L>, B: Future, L> Runnable for Body<P, B, L> {
    fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        let output = ready!(future.poll(cx));
        Poll::Ready(P::is_failure(this.output.insert(output)))
    }

    fn is_there(&self) -> bool {
        self.future.is_some()
    }
}

impl<'env, P: Policy + 'static, B: Future> ScopeFuture<'env, P, B> {
    /// Opens a scope around the body that `body` makes; `interleaves` when that may interleave.
    #[track_caller]
    pub(crate) fn new(interleaves: bool, body: impl FnOnce(Scope<'env, P>) -> B) -> Self {
        let owner = Owner::new(Location::caller(), None);
        let queue = interleaves.then(Queue::new);
        let interleave = queue.as_ref().map(|queue| Interleave::new(Arc::clone(queue)));
        let future = body(Scope::new(Arc::clone(&owner), queue));
        Self::of(future, Life::new(owner, interleave))
    }

    /// Opens a scope around a body that does not need it.
    #[track_caller]
    pub(crate) fn unnamed(name: &'static str, body: B) -> Self {
        let owner = Owner::new(Location::caller(), None);
        owner.set_name(name);
        Self::of(body, Life::new(owner, None))
    }

    fn of(future: B, life: Life<'env>) -> Self {
        let body = Body { future: Some(future), output: None, ends: PhantomData };
        Self { body, life: Some(life), limit: Unbounded::default() }
    }
}

impl<'env, P, B: Future, L: Limit> ScopeFuture<'env, P, B, L> {
    /// Names the scope in traces and reports.
    pub fn named(self, name: &'static str) -> Self {
        if let Some(life) = &self.life {
            life.owner().set_name(name);
        }
        self
    }

    /// Bounds the time from the first poll: on elapse everything is cancelled, and waited for.
    ///
    /// Of several bounds the shortest counts; with [`Duration::ZERO`] nothing runs. A shield that
    /// was started is waited for as long as it lasts.
    ///
    /// # Panics
    ///
    /// Polling it panics outside of a runtime whose time is enabled.
    pub fn within(self, limit: Duration) -> ScopeFuture<'env, P, B, Bounded> {
        self.bounded(|bounds| bounds.within(limit))
    }

    /// Cancels everything when the token is cancelled, and waits for it. Nothing runs when it is
    /// cancelled already.
    pub fn cancelled_by(self, token: CancellationToken) -> ScopeFuture<'env, P, B, Bounded> {
        self.bounded(|bounds| bounds.cancelled_by(token))
    }
}

impl<'env, P, B: Future, L: Limit> ScopeFuture<'env, P, B, L> {
    fn bounded(mut self, add: impl FnOnce(Bounded) -> Bounded) -> ScopeFuture<'env, P, B, Bounded> {
        // Taken field by field: a type with a destructor cannot be taken apart.
        let future = self.body.future.take();
        ScopeFuture {
            body: Body { future, output: None, ends: PhantomData },
            life: self.life.take(),
            limit: add(std::mem::take(&mut self.limit).into_bounded()),
        }
    }
}

impl<P, B, L> Future for ScopeFuture<'_, P, B, L>
where
    P: Close<B::Output, L>,
    B: Future,
    L: Limit,
{
    type Output = P::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let mut this = self.project();
        let life = this.life.as_mut().expect("a configured scope moved into another");
        ready!(life.poll(cx, this.body.as_mut(), this.limit));
        finish::<P, B::Output, L>(life.owner(), this.body.project().output)
    }
}

/// What the scope ends with, once nothing of it is left.
fn finish<P: Close<O, L>, O, L>(owner: &Owner, output: &mut Option<O>) -> Poll<P::Output> {
    let (panic, why) = owner.take_verdict();
    if let Some((payload, _)) = panic {
        life::resume(payload, why, &mut || drop(output.take()));
    }
    let ending = match (why, output.take()) {
        (Some(Why::Failed(cause, _)), _) => Some(Ending::Failed(cause)),
        (Some(Why::Interrupted(bound)), _) => Some(Ending::Interrupted(bound)),
        (Some(Why::Body), Some(output)) => Some(Ending::Body(output)),
        // A body that ended before the owner above cancelled its children has no say any more.
        (None, Some(output)) if !owner.is_cancelled() => Some(Ending::Body(output)),
        (Some(Why::Body) | None, _) => None,
    };
    if let Some(output) = ending.and_then(P::close) {
        return Poll::Ready(output);
    }
    // No reason of its own: the owner above cancelled it, and drops who polls it here.
    life::assert_cancelled_here(owner);
    Poll::Pending
}

impl<P, B: Future, L> fmt::Debug for ScopeFuture<'_, P, B, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture").field("life", &self.life).finish_non_exhaustive()
    }
}
