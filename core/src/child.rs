//! The one wrapper around every task's future.

use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::ambient::{self, Work};
use crate::failure::Origin;
use crate::out::Out;
use crate::owner::{Entered, Key, Owner, Place, Side, Tag};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::settle::{self, Settle};

pin_project! {
    /// A task's future as tokio runs it: checks for cancellation before each poll, catches panics,
    /// makes its owner ambient, and leaves that when it is gone.
    ///
    /// The fields are packed: tokio's cell grows in steps of 128 bytes, and 24 bytes around a small
    /// future still fit the first.
    #[project = Projected]
    #[derive(Debug)]
    pub(crate) struct Child<F, S>
    where
        F: Future,
        S: Settle<F::Output>,
    {
        // `None` while it is the ambient one, and once it has been left; so the drop below, which
        // takes it, is all that there is to drop.
        owner: ManuallyDrop<Option<Arc<Owner>>>,
        place: Place,
        #[pin]
        stage: Stage<F>,
        settle: S,
    }

    impl<F, S> PinnedDrop for Child<F, S>
    where
        F: Future,
        S: Settle<F::Output>,
    {
        /// An abort, or the end of the runtime: the future goes, then the count.
        fn drop(this: Pin<&mut Self>) {
            if this.owner.is_some() {
                drop_early(this.project());
            }
        }
    }
}

pin_project! {
    /// An enum around all three, and not an `Option` of the future: that would be a word larger.
    #[project = Staged]
    #[derive(Debug)]
    enum Stage<F> {
        Live { key: Key, tag: Tag, #[pin] future: F },
        Gone { key: Key, tag: Tag },
    }
}

impl<F> Stage<F> {
    #[inline]
    fn key(&self) -> Key {
        let (Self::Live { key, .. } | Self::Gone { key, .. }) = *self;
        key
    }

    #[inline]
    fn tag(&self) -> Tag {
        let (Self::Live { tag, .. } | Self::Gone { tag, .. }) = *self;
        tag
    }

    #[inline]
    fn set_key(self: Pin<&mut Self>, new: Key) {
        let (Staged::Live { key, .. } | Staged::Gone { key, .. }) = self.project();
        *key = new;
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output>
    where
        F: Future,
    {
        match self.project() {
            Staged::Live { future, .. } => future.poll(cx),
            Staged::Gone { .. } => Poll::Pending,
        }
    }

    /// Drops the future where it is.
    #[inline]
    fn clear(mut self: Pin<&mut Self>) {
        let (key, tag) = (self.key(), self.tag());
        self.set(Self::Gone { key, tag });
    }
}

impl<F, S> Child<F, S>
where
    F: Future,
    S: Settle<F::Output>,
{
    /// Wraps a task's future.
    pub(crate) fn new(entered: Entered, place: Place, future: F, settle: S) -> Self {
        let Entered { owner, tag, key } = entered;
        let stage = Stage::Live { key, tag, future };
        Self { owner: ManuallyDrop::new(Some(owner)), place, stage, settle }
    }
}

/// Starts a task.
///
/// # Panics
///
/// Outside of a runtime, unless one is given.
#[track_caller]
pub(crate) fn spawn<F, S>(
    entered: Entered,
    future: F,
    settle: S,
    runtime: Option<&runtime::Handle>,
) -> JoinHandle<Out<S::Value>>
where
    F: Future + Send + 'static,
    S: Settle<F::Output>,
{
    spawn_at(entered, Location::caller(), future, settle, runtime)
}

/// As [`spawn`], for a task whose place in the source is elsewhere.
#[track_caller]
pub(crate) fn spawn_at<F, S>(
    entered: Entered,
    place: Place,
    future: F,
    settle: S,
    runtime: Option<&runtime::Handle>,
) -> JoinHandle<Out<S::Value>>
where
    F: Future + Send + 'static,
    S: Settle<F::Output>,
{
    let child = Child::new(entered, place, future, settle);
    match runtime {
        Some(runtime) => runtime.spawn(child),
        None => tokio::spawn(child),
    }
}

impl<F, S> Future for Child<F, S>
where
    F: Future,
    S: Settle<F::Output>,
{
    type Output = Out<S::Value>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(owner) = this.owner.take() else {
            return Poll::Pending; // ended before: nobody polls it again
        };
        let tag = this.stage.tag();
        if owner.ends(tag) {
            return Poll::Ready(end(this, owner, None));
        }
        // Where each task has a name, it is registered before it runs: its poll may not return.
        if this.stage.key().is_announced() && !this.register(&owner, cx.waker()) {
            return Poll::Ready(end(this, owner, None));
        }
        let stage = &mut this.stage;
        let mut output = None;
        // What the task is, is read again after this: to keep it would cost registers.
        let (owner, polled) = ambient::with(owner, Work::task(tag), || {
            panics::catch(|| {
                if let Poll::Ready(value) = stage.as_mut().poll(cx) {
                    output = Some(value);
                    stage.as_mut().clear(); // before its output is settled, let alone the count
                }
            })
        });
        match (polled, output) {
            (Ok(()), Some(output)) => {
                let value = this.settle.returned(&owner, Origin::of::<F>(this.place), output);
                Poll::Ready(this.leave(owner, value))
            }
            (Ok(()), None) => {
                if this.stage.key().is_fresh() && !this.register(&owner, cx.waker()) {
                    return Poll::Ready(end(this, owner, None));
                }
                *this.owner = ManuallyDrop::new(Some(owner));
                Poll::Pending
            }
            (Err(payload), output) => Poll::Ready(unwound(this, owner, payload, output)),
        }
    }
}

/// Ends a task that was dropped before its end.
#[cold]
#[inline(never)]
fn drop_early<F, S>(mut this: Projected<'_, F, S>)
where
    F: Future,
    S: Settle<F::Output>,
{
    let Some(owner) = this.owner.take() else {
        return;
    };
    let task = Origin::of::<F>(this.place);
    // tokio drops its tasks under their ids, and in their runtime: this one has not become a task. (A
    // task that is polled outside of runtimes lends its id to what it starts.)
    let is_refused = || tokio::task::try_id().is_none() || runtime::Handle::try_current().is_err();
    if this.stage.key().is_fresh() && is_refused() {
        settle::guarded(&owner, task, || this.stage.as_mut().clear());
        this.settle.refused(&owner);
        return owner.leave(this.deregister(&owner));
    }
    let guard = Arc::clone(&owner);
    let out = end(this, owner, None);
    settle::guarded(&guard, task, || out.lose(S::lose)); // tokio would drop it
}

/// Ends a task whose future has panicked, in a poll or in its destructor.
#[cold]
#[inline(never)]
fn unwound<F, S>(
    this: Projected<'_, F, S>,
    owner: Arc<Owner>,
    payload: Payload,
    output: Option<F::Output>,
) -> Out<S::Value>
where
    F: Future,
    S: Settle<F::Output>,
{
    // The panic is what the task ends with, also if a destructor threw it.
    settle::guarded(&owner, Origin::of::<F>(this.place), || drop(output));
    end(this, owner, Some(payload))
}

/// Ends a task that was cancelled or has panicked: drops what is left of its future, whose panic
/// counts as the task's, unless that has one.
#[cold]
#[inline(never)]
fn end<F, S>(
    mut this: Projected<'_, F, S>,
    owner: Arc<Owner>,
    panic: Option<Payload>,
) -> Out<S::Value>
where
    F: Future,
    S: Settle<F::Output>,
{
    let tag = this.stage.tag();
    // An abort has no reason but the hand that made it.
    let reason = owner.ended_by(tag).unwrap_or(CancelReason::ByHand);
    let mut drop_future = || panics::catch(|| this.stage.as_mut().clear());
    let (owner, dropped) = ambient::with(owner, Work::task(tag), || match panic {
        Some(_) => drop_future(),
        None => ambient::while_ending(reason, drop_future),
    });
    let task = Origin::of::<F>(this.place);
    if panic.is_none() {
        this.settle.stopped(&owner, task, reason);
    }
    let value = match (panic, dropped) {
        (None, Ok(())) => this.settle.cancelled(&owner, task, reason),
        (None, Err(payload)) | (Some(payload), Ok(())) => {
            this.settle.panicked(&owner, task, payload)
        }
        (Some(payload), Err(later)) => {
            settle::discard(&task.info(), later);
            this.settle.panicked(&owner, task, payload)
        }
    };
    this.leave(owner, value)
}

impl<F, S> Projected<'_, F, S>
where
    F: Future,
    S: Settle<F::Output>,
{
    /// Has a cancellation reach the task; `false` when it is to end.
    #[inline]
    fn register(&mut self, owner: &Owner, waker: &Waker) -> bool {
        let (tag, key) = (self.stage.tag(), self.stage.key());
        let key = owner.register(tag, key, Some(waker), self.place);
        key.inspect(|&key| self.stage.as_mut().set_key(key)).is_some()
    }

    /// Leaves the owner, or lets the value do so.
    #[inline]
    fn leave(self, owner: Arc<Owner>, value: Option<S::Value>) -> Out<S::Value> {
        let side = self.deregister(&owner);
        Out::new::<S, F::Output>(owner, side, value)
    }

    /// Gives up the task's entry; yields the side that counts it.
    #[inline]
    fn deregister(&self, owner: &Owner) -> Side {
        let (class, key) = (self.stage.tag().class(), self.stage.key());
        if key != Key::NONE {
            owner.deregister(class, key);
        }
        class.side()
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use super::*;
    use crate::policy::{FailFast, Plain};
    use crate::settle::{Attempted, Launched, Spawned};

    /// The bytes of the wrapper around `future`, and of that itself.
    fn sizes<F: Future, S: Settle<F::Output>>(_: &F, _: &S) -> (usize, usize) {
        (size_of::<Child<F, S>>(), size_of::<F>())
    }

    /// With more, tokio's cell for a small future takes 256 bytes, and not 128.
    #[test]
    fn the_wrapper_of_a_one_byte_future_is_24_bytes() {
        async fn parked() {
            std::future::pending::<()>().await;
        }
        let plain = PhantomData::<fn() -> Plain>;
        assert_eq!(sizes(&parked(), &Spawned(plain)), (24, 1));
        assert_eq!(sizes(&parked(), &Launched(plain)), (24, 1));
        assert_eq!(sizes(&parked(), &Attempted(plain)), (24, 1));
        let fail_fast = PhantomData::<fn() -> FailFast<std::io::Error>>;
        assert_eq!(sizes(&parked(), &Launched(fail_fast)), (24, 1));
    }

    #[test]
    fn the_wrapper_of_a_larger_future_is_24_bytes_more() {
        let plain = PhantomData::<fn() -> Plain>;
        assert_eq!(sizes(&std::future::ready(1_u64), &Spawned(plain)), (40, 16));
    }
}
