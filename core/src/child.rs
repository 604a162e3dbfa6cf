//! The one wrapper around every task's future.

use std::any::type_name;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::ambient;
use crate::failure::TaskInfo;
use crate::owner::{Class, Owner, Payload, Place, Registered, Side};
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
    #[derive(Debug)]
    pub(crate) struct Child<F, S>
    where
        F: Future,
        S: Settle<F::Output>,
    {
        // `None` while it is the ambient one, and once it has been left.
        owner: Option<Arc<Owner>>,
        place: Place,
        key: u32,
        generation: u8,
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
                let task = info::<F>(this.place);
                let future = &mut this.future;
                let (owner, dropped) = ambient::with(owner, *this.class, || {
                    catch_unwind(AssertUnwindSafe(|| future.set(None)))
                });
                let value = match dropped {
                    Ok(()) => this.settle.cancelled(&owner, task),
                    Err(payload) => this.settle.panicked(&owner, task, payload),
                };
                settle::guarded(&owner, task, || drop(value));
                if *this.key < FRESH {
                    owner.deregister(*this.class, *this.key as usize);
                }
                owner.leave(this.class.side());
            }
        }
    }
}

impl<F, S> Child<F, S>
where
    F: Future,
    S: Settle<F::Output>,
{
    /// Wraps a task's future, for an owner that has counted it already.
    pub(crate) fn new(owner: Arc<Owner>, class: Class, place: Place, future: F, settle: S) -> Self {
        let generation = owner.generation();
        let (owner, future) = (Some(owner), Some(future));
        Self { owner, place, key: FRESH, generation, class, future, settle }
    }
}

/// Starts a task that `owner` has counted already.
///
/// # Panics
///
/// Outside of a runtime, unless one is given.
#[track_caller]
pub(crate) fn spawn<F, S>(
    owner: Arc<Owner>,
    class: Class,
    future: F,
    settle: S,
    runtime: Option<&runtime::Handle>,
) -> JoinHandle<Out<S::Value>>
where
    F: Future + Send + 'static,
    S: Settle<F::Output>,
{
    spawn_at(owner, class, Location::caller(), future, settle, runtime)
}

/// As [`spawn`], for a task whose place in the source is elsewhere.
#[track_caller]
pub(crate) fn spawn_at<F, S>(
    owner: Arc<Owner>,
    class: Class,
    place: Place,
    future: F,
    settle: S,
    runtime: Option<&runtime::Handle>,
) -> JoinHandle<Out<S::Value>>
where
    F: Future + Send + 'static,
    S: Settle<F::Output>,
{
    let child = Child::new(owner, class, place, future, settle);
    match runtime {
        Some(runtime) => runtime.spawn(child),
        None => tokio::spawn(child),
    }
}

/// Which task runs now: started at `place`, with a future of type `F`.
pub(crate) fn info<F: ?Sized>(place: Place) -> TaskInfo {
    TaskInfo { id: tokio::task::try_id(), name: type_name::<F>(), place }
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
        let Some(mut owner) = this.owner.take() else {
            return Poll::Pending; // ended before: nobody polls it again
        };
        let mut output = None;
        let mut end = if owner.ends(class, *this.generation) {
            End::Cancelled
        } else {
            if *this.key == FRESH {
                *this.key = UNREGISTERED;
                this.settle.started(&owner);
            }
            let future = &mut this.future;
            let polled;
            (owner, polled) = ambient::with(owner, class, || {
                catch_unwind(AssertUnwindSafe(|| {
                    // The future is gone before its output is settled, let alone the count.
                    if let Some(running) = future.as_mut().as_pin_mut()
                        && let Poll::Ready(value) = running.poll(cx)
                    {
                        output = Some(value);
                        future.set(None);
                    }
                }))
            });
            match polled {
                Err(payload) => End::Panicked(payload),
                Ok(()) if output.is_some() => End::Returned,
                Ok(()) if *this.key < FRESH => End::NotYet,
                Ok(()) => {
                    let task = Registered { waker: Some(cx.waker().clone()), place: this.place };
                    match owner.register(class, *this.generation, task) {
                        Some(key) => {
                            *this.key =
                                u32::try_from(key).expect("an owner has at most 2^28 tasks");
                            End::NotYet
                        }
                        None => End::Cancelled,
                    }
                }
            }
        };
        if let End::NotYet = end {
            *this.owner = Some(owner);
            return Poll::Pending;
        }
        if !matches!(end, End::Returned) {
            end = unwind(&mut this.future, &mut owner, class, output.take(), end);
        }
        let value = match (end, output) {
            (End::Panicked(payload), _) => {
                this.settle.panicked(&owner, info::<F>(this.place), payload)
            }
            (_, Some(output)) => this.settle.returned(&owner, info::<F>(this.place), output),
            (_, None) => this.settle.cancelled(&owner, info::<F>(this.place)),
        };
        if *this.key < FRESH {
            owner.deregister(class, *this.key as usize);
        }
        Poll::Ready(Out::new::<S, F::Output>(owner, class.side(), value))
    }
}

/// How a poll left the future.
enum End {
    NotYet,
    Returned,
    Cancelled,
    Panicked(Payload),
}

/// Drops what is left of a future that was cancelled or has panicked, and of its output, each with
/// its own catch; the first panic is what the task ends with.
#[cold]
fn unwind<F, O>(
    future: &mut Pin<&mut Option<F>>,
    owner: &mut Arc<Owner>,
    class: Class,
    output: Option<O>,
    mut end: End,
) -> End {
    let (_, dropped) = ambient::with(Arc::clone(owner), class, || {
        let future = catch_unwind(AssertUnwindSafe(|| future.set(None))).err();
        (future, catch_unwind(AssertUnwindSafe(|| drop(output))).err())
    });
    for payload in [dropped.0, dropped.1].into_iter().flatten() {
        if let End::Panicked(_) = end {
            settle::discard(&"destructor", payload);
        } else {
            end = End::Panicked(payload);
        }
    }
    end
}

/// The output of a task. A value that needs dropping stays the owner's until it is taken or
/// dropped: tokio drops an untaken output after the task's future, and R1 covers it.
#[derive(Debug)]
pub(crate) struct Out<V> {
    value: Option<V>,
    owner: Option<Arc<Owner>>,
}

impl<V> Out<V> {
    pub(crate) fn new<S: Settle<O, Value = V>, O>(
        owner: Arc<Owner>,
        side: Side,
        value: Option<V>,
    ) -> Self {
        if S::OWNED && needs_drop::<V>() && value.is_some() {
            return Self { value, owner: Some(owner) };
        }
        owner.leave(side);
        Self { value, owner: None }
    }

    pub(crate) fn take(mut self) -> Option<V> {
        self.value.take()
    }
}

impl<V> Drop for Out<V> {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            let value = self.value.take();
            settle::guarded(&owner, info::<V>(owner.place), || drop(value));
            owner.leave(Side::Foreground);
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
