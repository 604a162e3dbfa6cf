//! The one wrapper around every task's future.

use std::mem::{ManuallyDrop, needs_drop};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::ambient;
use crate::failure::Origin;
use crate::owner::{Class, Entered, Owner, Place, Registered, Side};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::settle::{self, Settle};

/// The key of a task that is not registered with its owner.
const UNREGISTERED: u32 = u32::MAX;

/// The key of a task that has not been polled.
const FRESH: u32 = u32::MAX - 1;

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
        key: u32,
        generation: u16,
        class: Class,
        #[pin]
        future: Option<F>,
        settle: S,
    }

    impl<F, S> PinnedDrop for Child<F, S>
    where
        F: Future,
        S: Settle<F::Output>,
    {
        /// An abort, or the end of the runtime: the future goes, then the count.
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(owner) = this.owner.take() {
                let task = Origin::of::<F>(this.place);
                if *this.key == FRESH && tokio::task::try_id().is_none() {
                    // tokio drops its tasks under their ids: this one has not become a task.
                    settle::guarded(&owner, task, || this.future.set(None));
                    this.settle.refused(&owner);
                    return owner.leave(this.class.side());
                }
                let guard = Arc::clone(&owner);
                let out = end(this, owner, None);
                settle::guarded(&guard, task, || drop(out));
            }
        }
    }
}

impl<F, S> Child<F, S>
where
    F: Future,
    S: Settle<F::Output>,
{
    /// Wraps a task's future.
    pub(crate) fn new(entered: Entered, place: Place, future: F, settle: S) -> Self {
        let Entered { owner, class, generation } = entered;
        let (owner, future) = (ManuallyDrop::new(Some(owner)), Some(future));
        Self { owner, place, key: FRESH, generation, class, future, settle }
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
        let class = *this.class;
        let Some(owner) = this.owner.take() else {
            return Poll::Pending; // ended before: nobody polls it again
        };
        if owner.ends(class, *this.generation) {
            return Poll::Ready(end(this, owner, None));
        }
        if *this.key == FRESH {
            *this.key = UNREGISTERED;
            this.settle.started(&owner);
        }
        let future = &mut this.future;
        let mut output = None;
        let (owner, polled) = ambient::with(owner, class, Some(*this.generation), || {
            panics::catch(|| {
                if let Some(running) = future.as_mut().as_pin_mut()
                    && let Poll::Ready(value) = running.poll(cx)
                {
                    output = Some(value);
                    future.set(None); // before its output is settled, let alone the count
                }
            })
        });
        match (polled, output) {
            (Ok(()), Some(output)) => {
                let value = this.settle.returned(&owner, Origin::of::<F>(this.place), output);
                Poll::Ready(this.leave(owner, value))
            }
            (Ok(()), None) => {
                if *this.key == UNREGISTERED {
                    let task = Registered { waker: Some(cx.waker().clone()), place: this.place };
                    match owner.register(class, *this.generation, task) {
                        Some(key) => *this.key = key,
                        None => return Poll::Ready(end(this, owner, None)),
                    }
                }
                **this.owner = Some(owner);
                Poll::Pending
            }
            (Err(payload), output) => {
                // The panic is what the task ends with, also if a destructor threw it.
                settle::guarded(&owner, Origin::of::<F>(this.place), || drop(output));
                Poll::Ready(end(this, owner, Some(payload)))
            }
        }
    }
}

/// Ends a task that was cancelled or has panicked: drops what is left of its future, whose panic
/// counts as the task's, unless that has one.
#[cold]
fn end<F, S>(
    mut this: Projected<'_, F, S>,
    owner: Arc<Owner>,
    panic: Option<Payload>,
) -> Out<S::Value>
where
    F: Future,
    S: Settle<F::Output>,
{
    let future = &mut this.future;
    // An abort has no reason but the hand that made it.
    let reason = owner.ended_by(*this.class, *this.generation).unwrap_or(CancelReason::ByHand);
    let mut drop_future = || panics::catch(|| future.set(None));
    let generation = Some(*this.generation);
    let (owner, dropped) = ambient::with(owner, *this.class, generation, || match panic {
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
    /// Leaves the owner, or lets the value do so.
    #[inline]
    fn leave(self, owner: Arc<Owner>, value: Option<S::Value>) -> Out<S::Value> {
        if *self.key < FRESH {
            owner.deregister(*self.class, *self.key);
        }
        Out::new::<S, F::Output>(owner, self.class.side(), value)
    }
}

/// The output of a task. A value that needs dropping stays the owner's until it is taken or
/// dropped: tokio drops an untaken output after the task's future, and R1 covers it.
#[derive(Debug)]
pub(crate) struct Out<V> {
    value: Option<V>,
    /// `Some` only with a value that needs dropping; so the type needs no drop glue for it.
    owner: ManuallyDrop<Option<Arc<Owner>>>,
}

impl<V> Out<V> {
    #[inline]
    pub(crate) fn new<S: Settle<O, Value = V>, O>(
        owner: Arc<Owner>,
        side: Side,
        value: Option<V>,
    ) -> Self {
        if S::OWNED && needs_drop::<V>() && value.is_some() && owner.keep_value() {
            return Self { value, owner: ManuallyDrop::new(Some(owner)) };
        }
        owner.leave(side);
        Self { value, owner: ManuallyDrop::new(None) }
    }

    pub(crate) fn take(mut self) -> Option<V> {
        self.value.take()
    }
}

impl<V> Drop for Out<V> {
    fn drop(&mut self) {
        if needs_drop::<V>()
            && let Some(owner) = self.owner.take()
        {
            let value = self.value.take();
            let place = owner.place;
            let (owner, dropped) =
                ambient::with(owner, Class::Foreground, None, || panics::catch(|| drop(value)));
            if let Err(payload) = dropped {
                settle::panicked(&owner, Origin::of::<V>(place), payload);
            }
            owner.release_value();
        }
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
}
