//! `ScopeFuture`: a lexical scope as a future. Its life is in `life`; here is what depends on the
//! types of its body, kept small since every body has its own.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio_util::sync::CancellationToken;

use crate::body::{Body, Outputs, Runnable};
use crate::close::{self, Close, Ending};
use crate::failure::{Interrupted, Origin};
use crate::interleave::Queue;
use crate::life::Life;
use crate::limit::{Bounded, Limit, Unbounded};
use crate::owner::Why;
use crate::policy::{FailFast, Plain, Policy};
use crate::scope::Scope;
use crate::unread;

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
    /// It panics when a child did, with that payload, after all children are gone (R4). It panics, too,
    /// when its owner was cancelled while whoever awaits it goes on: in a shield, in a destructor, in a
    /// task that foster did not start, or in a task of another owner that it was moved to. A bounded
    /// one outputs [`Interrupted::Ended`] there.
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
        body: Option<B>,
        rest: Rest<'env, P, B::Output, L>,
    }

    impl<'env, P, B, L> PinnedDrop for ScopeFuture<'env, P, B, L>
    where
        B: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.rest.abandon(this.body);
        }
    }
}

/// What is the same for all bodies with this output.
struct Rest<'env, P, O, L> {
    // `None` once it was configured, and so moved into another.
    life: Option<Life<'env>>,
    output: Option<O>,
    /// Yields the text of the error in an output.
    error_of: ErrorOf<O>,
    limit: L,
    policy: PhantomData<fn() -> P>,
}

/// Yields the text of the error in a body's output, if it is one.
type ErrorOf<O> = fn(&O) -> Option<String>;

/// A body and where its output goes, while it is polled.
struct Run<'a, P, O, L> {
    body: Pin<&'a mut (dyn Outputs<O> + 'a)>,
    output: &'a mut Option<O>,
    error_of: ErrorOf<O>,
    ends: PhantomData<fn() -> (P, L)>,
}

impl<P: Close<O, L>, O, L> Runnable for Run<'_, P, O, L> {
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let output = ready!(self.body.as_mut().poll(cx));
        Poll::Ready(P::is_failure(self.output.insert(output)))
    }

    fn body(&mut self) -> Pin<&mut dyn Body> {
        self.body.as_mut()
    }

    fn take_error(&mut self) -> Option<String> {
        take_error(self.output, self.error_of)
    }
}

impl<P, O, L> Rest<'_, P, O, L> {
    fn abandon(&mut self, body: Pin<&mut dyn Body>) {
        if let Some(life) = &mut self.life {
            let (output, error_of) = (&mut self.output, self.error_of);
            life.abandon(body, &mut || take_error(output, error_of));
        }
    }
}

/// Drops an output, and yields the text of the error in it.
fn take_error<O>(output: &mut Option<O>, error_of: ErrorOf<O>) -> Option<String> {
    output.take().as_ref().and_then(error_of)
}

impl<P: Close<O, L>, O, L: Limit> Rest<'_, P, O, L> {
    fn poll(&mut self, cx: &mut Context<'_>, body: Pin<&mut dyn Outputs<O>>) -> Poll<P::Output> {
        let Self { life, output, error_of, limit, .. } = self;
        let life = life.as_mut().expect("a configured scope moved into another");
        let mut run = Run::<P, O, L> { body, output, error_of: *error_of, ends: PhantomData };
        ready!(life.poll(cx, &mut run, limit.bounds()));
        finish::<P, O, L>(life, output, *error_of)
    }
}

impl<'env, P: Policy + 'static, B: Future> ScopeFuture<'env, P, B> {
    /// Opens a scope around the body that `body` makes; `interleaves` when that may interleave.
    #[track_caller]
    pub(crate) fn new(
        interleaves: bool,
        error_of: ErrorOf<B::Output>,
        body: impl FnOnce(Scope<'env, P>) -> B,
    ) -> Self {
        let queue = interleaves.then(Queue::new);
        let life = Life::new(Origin::of::<B>(Location::caller()), queue.clone());
        Self::around(life, queue, error_of, body)
    }

    /// The scope of the body that `body` makes.
    pub(crate) fn around(
        life: Life<'env>,
        queue: Option<Arc<Queue<'env>>>,
        error_of: ErrorOf<B::Output>,
        body: impl FnOnce(Scope<'env, P>) -> B,
    ) -> Self {
        let scope = Scope::new(Arc::clone(life.owner()), queue);
        Self::of(life, body(scope), error_of)
    }
}

// Of a type that users know, since rustc names it where a bound is not met.

impl<'env, B: Future> ScopeFuture<'env, Plain, B> {
    /// What `scope!` makes; `interleaves` when its body may interleave.
    #[doc(hidden)]
    #[track_caller]
    pub fn plain<F>(interleaves: bool, body: F) -> Self
    where
        F: FnOnce(Scope<'env, Plain>) -> B,
    {
        Self::new(interleaves, close::no_error, body)
    }
}

impl<'env, T, E: Debug + 'static, B> ScopeFuture<'env, FailFast<E>, B>
where
    B: Future<Output = Result<T, E>>,
{
    /// What `try_scope!` makes; `interleaves` when its body may interleave.
    #[doc(hidden)]
    #[track_caller]
    pub fn fail_fast<F>(interleaves: bool, body: F) -> Self
    where
        F: FnOnce(Scope<'env, FailFast<E>>) -> B,
    {
        Self::new(interleaves, close::error_text, body)
    }
}

impl<'env, P, B: Future> ScopeFuture<'env, P, B> {
    /// The scope of a body that does not need it.
    #[expect(clippy::inline_always, reason = "else a debug build emits it for each body")]
    #[inline(always)]
    pub(crate) fn of(life: Life<'env>, body: B, error_of: ErrorOf<B::Output>) -> Self {
        let limit = Unbounded(());
        let rest = Rest { life: Some(life), output: None, error_of, limit, policy: PhantomData };
        Self { body: Some(body), rest }
    }
}

impl<'env, P, B: Future, L: Limit> ScopeFuture<'env, P, B, L> {
    /// Names the scope in traces and reports.
    pub fn named(mut self, name: &'static str) -> Self {
        if let Some(life) = &mut self.rest.life {
            life.set_name(name);
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
        let (life, limit) = (self.rest.life.take(), std::mem::take(&mut self.rest.limit));
        let limit = add(limit.into_bounded());
        let error_of = self.rest.error_of;
        let rest = Rest { life, output: None, error_of, limit, policy: PhantomData };
        ScopeFuture { body: self.body.take(), rest }
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
        let this = self.project();
        this.rest.poll(cx, this.body)
    }
}

/// What the scope ends with, once nothing of it is left.
fn finish<P: Close<O, L>, O, L>(
    life: &mut Life<'_>,
    output: &mut Option<O>,
    error_of: ErrorOf<O>,
) -> Poll<P::Output> {
    let owner = life.owner();
    let (panic, why) = owner.take_verdict();
    if let Some((payload, _)) = panic {
        unread::resume(payload, life.body(), why, &mut || take_error(output, error_of));
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
    ready!(life.cut());
    match P::close(Ending::Interrupted(Interrupted::Ended)) {
        Some(output) => Poll::Ready(output),
        None => panic!(
            "the scope {} was moved to another task, and cancelled by its owner: it has no output",
            life.body().unstarted(),
        ),
    }
}

impl<P, B: Future, L> Debug for ScopeFuture<'_, P, B, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture").field("life", &self.rest.life).finish_non_exhaustive()
    }
}
