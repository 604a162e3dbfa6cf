//! `ScopeFuture`: the life of a lexical scope, from its first poll to its end.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio_util::sync::CancellationToken;

use crate::ambient;
use crate::close::{Close, Ending};
use crate::failure::{Interrupted, Origin};
use crate::interleave::{Interleave, Queue};
use crate::limit::{Bounded, Limit, Unbounded};
use crate::owner::{Class, Owner, Why};
use crate::policy::Policy;
use crate::reason;
use crate::scope::Scope;
use crate::settle;

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
        body: Option<B>,
        output: Option<B::Output>,
        // `None` while it is the ambient one.
        owner: Option<Arc<Owner>>,
        interleave: Option<Interleave<'env>>,
        limit: L,
        stage: Stage,
        // The waker that the owner has; set once the scope is linked to the owner above.
        waker: Option<Waker>,
        _policy: PhantomData<fn() -> P>,
    }

    impl<'env, P, B, L> PinnedDrop for ScopeFuture<'env, P, B, L>
    where
        B: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(owner) = this.owner.take()
                && *this.stage != Stage::Fresh
                && *this.stage != Stage::Ended
            {
                owner.cancel(reason::of_drop());
                let (owner, ()) = ambient::with(Arc::clone(&owner), Class::Foreground, || {
                    end_body(&owner, &mut this.body, this.interleave);
                });
                owner.bequeath();
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fresh,
    Running,
    /// The body has ended; waiting for the children.
    Draining,
    Ended,
}

impl<'env, P: Policy + 'static, B: Future> ScopeFuture<'env, P, B> {
    /// Opens a scope around the body that `body` makes; `interleaves` when that may interleave.
    #[track_caller]
    pub(crate) fn new(interleaves: bool, body: impl FnOnce(Scope<'env, P>) -> B) -> Self {
        let owner = Owner::new(Location::caller(), None);
        let queue = interleaves.then(Queue::new);
        let interleave = queue.as_ref().map(|queue| Interleave::new(Arc::clone(queue)));
        let body = body(Scope::new(Arc::clone(&owner), queue));
        Self {
            body: Some(body),
            output: None,
            owner: Some(owner),
            interleave,
            limit: Unbounded::default(),
            stage: Stage::Fresh,
            waker: None,
            _policy: PhantomData,
        }
    }
}

impl<'env, P, B: Future, L: Limit> ScopeFuture<'env, P, B, L> {
    /// Names the scope in traces and reports.
    pub fn named(self, name: &'static str) -> Self {
        if let Some(owner) = &self.owner {
            owner.set_name(name);
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
        ScopeFuture {
            body: self.body.take(),
            output: None,
            owner: self.owner.take(),
            interleave: self.interleave.take(),
            limit: add(std::mem::take(&mut self.limit).into_bounded()),
            stage: Stage::Fresh,
            waker: None,
            _policy: PhantomData,
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
        let this = self.project();
        let owner = this.owner.as_ref().expect("a configured scope moved into another");
        match this.stage {
            Stage::Fresh => {
                *this.stage = Stage::Running;
                if let Some((parent, class)) = ambient::current() {
                    owner.set_parent(parent, class);
                }
                if let Err(bound) = this.limit.start() {
                    interrupt(owner, bound);
                }
            }
            Stage::Running | Stage::Draining => {}
            Stage::Ended if owner.is_cancelled() => return Poll::Pending,
            Stage::Ended => panic!("`ScopeFuture` polled after completion"),
        }
        let (owner, driven) = ambient::with(Arc::clone(owner), Class::Foreground, || {
            // Nothing in here panics: what is the user's has a catch of its own.
            let mut run = Run::<P, B, L> {
                owner,
                body: this.body,
                output: this.output,
                interleave: this.interleave,
                limit: this.limit,
                stage: this.stage,
                waker: this.waker,
                _policy: PhantomData,
            };
            run.drive(cx)
        });
        ready!(driven);
        if this.waker.is_some() {
            owner.ended();
        }
        finish::<P, B, L>(&owner, this.output)
    }
}

/// Ends a running scope for a bound.
fn interrupt(owner: &Arc<Owner>, bound: Interrupted) {
    // A scope that ends already keeps its first reason.
    let _later = owner.stop(Why::Interrupted(bound));
}

/// The parts of a scope future while it is polled.
struct Run<'a, 'env, P, B: Future, L> {
    owner: &'a Arc<Owner>,
    body: Pin<&'a mut Option<B>>,
    output: &'a mut Option<B::Output>,
    interleave: &'a mut Option<Interleave<'env>>,
    limit: &'a mut L,
    stage: &'a mut Stage,
    waker: &'a mut Option<Waker>,
    _policy: PhantomData<P>,
}

impl<P: Close<B::Output, L>, B: Future, L: Limit> Run<'_, '_, P, B, L> {
    /// Runs the scope until it is suspended or has ended.
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if *self.stage == Stage::Running {
                if !self.owner.is_cancelled() && self.step(cx).is_pending() {
                    self.suspend(cx.waker(), false);
                    if !self.owner.is_cancelled() {
                        return Poll::Pending;
                    }
                }
                if self.owner.is_cancelled() {
                    end_body(self.owner, &mut self.body, self.interleave);
                }
                self.owner.end_body();
                *self.stage = Stage::Draining;
            }
            if self.owner.is_done() {
                *self.stage = Stage::Ended;
                return Poll::Ready(());
            }
            // A bound counts only if it cancels something that the scope is waited for.
            if self.owner.can_cancel_foreground()
                && let Poll::Ready(bound) = self.limit.poll_reached(cx)
            {
                interrupt(self.owner, bound);
            }
            self.suspend(cx.waker(), true);
            if self.owner.park() {
                return Poll::Pending;
            }
        }
    }

    /// Leaves the waker for a cancellation, or for the end: then `again`, since a cancellation has
    /// taken it.
    fn suspend(&mut self, waker: &Waker, again: bool) {
        match self.waker {
            Some(known) if !again && known.will_wake(waker) => return,
            Some(_) => {}
            None => self.owner.link(),
        }
        self.owner.leave_waker(waker);
        *self.waker = Some(waker.clone());
    }

    /// Polls the bounds, the body and the interleaved children. `Ready` when the latter two have
    /// ended, or the scope is cancelled.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Poll::Ready(bound) = self.limit.poll_reached(cx) {
            interrupt(self.owner, bound);
            return Poll::Ready(());
        }
        if let Some(body) = self.body.as_mut().as_pin_mut() {
            match catch_unwind(AssertUnwindSafe(|| body.poll(cx))) {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(output)) => {
                    if P::is_failure(&output) && self.owner.stop(Why::Body).is_err() {
                        tracing::warn!("the body failed in a scope that was ending already");
                    }
                    *self.output = Some(output);
                    drop_body(self.owner, &mut self.body);
                }
                Err(payload) => {
                    settle::panicked(self.owner, Origin::of::<B>(self.owner.place), payload);
                    drop_body(self.owner, &mut self.body);
                }
            }
        }
        let owner = self.owner;
        let interleaved = self.interleave.as_mut().map(|children| children.poll(cx, owner));
        if owner.is_cancelled() {
            return Poll::Ready(());
        }
        if self.body.is_some() || interleaved.is_some_and(|polled| polled.is_pending()) {
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

fn drop_body<B>(owner: &Arc<Owner>, body: &mut Pin<&mut Option<B>>) {
    settle::guarded(owner, Origin::of::<B>(owner.place), || body.set(None));
}

/// Ends what runs on the own task of a cancelled scope, which will not poll it again.
fn end_body<B>(
    owner: &Arc<Owner>,
    body: &mut Pin<&mut Option<B>>,
    interleave: &mut Option<Interleave<'_>>,
) {
    reason::while_owner_ends(owner, || {
        drop_body(owner, body);
        if let Some(children) = interleave {
            children.clear();
        }
    });
}

/// What the scope ends with, once nothing of it is left.
fn finish<P, B, L>(owner: &Arc<Owner>, output: &mut Option<B::Output>) -> Poll<P::Output>
where
    P: Close<B::Output, L>,
    B: Future,
{
    let (panic, why) = owner.take_verdict();
    if let Some((payload, _)) = panic {
        // Each with its own catch: a panic that meets another on its way would abort the process.
        let output = catch_unwind(AssertUnwindSafe(|| drop(output.take())));
        let why = catch_unwind(AssertUnwindSafe(|| drop(why)));
        for later in [output, why].into_iter().filter_map(Result::err) {
            settle::discard(&"a body's output, or an error", later);
        }
        resume_unwind(payload);
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
    // No reason of its own: the owner above cancelled it, and drops who polls it here. Unless it
    // was moved away from there, to someone who would wait for ever.
    assert!(
        owner.parent_owner().is_some_and(ambient::is_within),
        "this scope was moved to another task, and cancelled by its owner"
    );
    Poll::Pending
}

impl<P, B: Future, L> fmt::Debug for ScopeFuture<'_, P, B, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture").field("stage", &self.stage).finish_non_exhaustive()
    }
}
