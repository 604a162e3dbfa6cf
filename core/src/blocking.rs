//! Children on tokio's pool of blocking threads.
//!
//! Such a child is a task that waits for its work, which is a job in tokio's queue. Both share a
//! [`Job`], and whoever takes the work out of it owns it: a thread to run it, or the task to drop it.
//! tokio itself drops a job only where a thread gets to it; so the task is what is counted, and what
//! a cancellation reaches.

mod ends;

use std::fmt;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::runtime;
use tokio::task::JoinHandle;

use crate::ambient::{self, Work};
use crate::child::Child;
use crate::failure::Origin;
use crate::out::Out;
use crate::owner::{Class, Entered, Owner, Place, Tag};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::settle::Settle;
use crate::sync::Lock;
use ends::{Left, Waited};

/// A blocking child: its end, and how to cancel it.
pub(crate) struct Started<V> {
    pub(crate) join: JoinHandle<Out<V>>,
    pub(crate) job: Arc<dyn Withdraw>,
}

/// Work that can be taken back for as long as it waits for a thread.
pub(crate) trait Withdraw: fmt::Debug + Send + Sync {
    /// Has the work dropped, unless it has started; `true` when it will never run.
    fn withdraw(&self) -> bool;
}

/// Starts a blocking child.
///
/// # Panics
///
/// Outside of a runtime, unless one is given; and when there is no thread and none can be started.
#[track_caller]
pub(crate) fn spawn<W, T, S>(
    entered: Entered,
    work: W,
    settle: S,
    runtime: Option<&runtime::Handle>,
) -> Started<S::Value>
where
    W: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
    S: Settle<T>,
{
    let place = Location::caller();
    let Entered { owner, tag, key } = entered;
    let tag = Tag::new(Class::Asked, tag.generation());
    let slot = Slot { stage: Stage::Queued(work), withdrawn: false, waker: None };
    let job = Job { owner: Arc::clone(&owner), tag, place, slot: Lock::new(slot) };
    let job = Arc::new(job);
    let (waits, settle) = (Waits(Arc::clone(&job)), Waited::new(Arc::clone(&job), settle));
    let entered = Entered { owner, tag, key };
    // Before anything may panic: its drop takes the work back, and the count.
    let child = Child::new(entered, place, waits, settle);
    let current;
    // No closure here: the panic outside of a runtime is to tell the caller's place.
    let runtime = if let Some(runtime) = runtime {
        runtime
    } else {
        current = runtime::Handle::current();
        &current
    };
    // Not where the task is first polled: it may be the next thing that this thread waits for.
    let queued = Queued(Arc::clone(&job));
    drop(runtime.spawn_blocking(move || queued.0.run()));
    Started { join: runtime.spawn(child), job }
}

/// What the task of a blocking child and a thread of the pool share.
struct Job<W, T, S> {
    owner: Arc<Owner>,
    tag: Tag,
    place: Place,
    slot: Lock<Slot<W, T, S>>,
}

struct Slot<W, T, S> {
    stage: Stage<W, T, S>,
    /// The work is not to start, although its owner may go on.
    withdrawn: bool,
    /// Of the task.
    waker: Option<Waker>,
}

enum Stage<W, T, S> {
    Queued(W),
    Running,
    /// It runs, and its task is gone: the thread does what is left to do.
    Left(Left<S>),
    Done(Ended<T>),
    /// The end was taken, or the work.
    Over,
}

/// How the work ended.
enum Ended<T> {
    Returned(T),
    Panicked(Payload),
    /// It never ran; the panic is that of a destructor.
    Withdrawn(CancelReason, Option<Payload>),
}

impl<W, T, S> Slot<W, T, S> {
    /// Takes the work, if nobody has.
    fn take_work(&mut self, next: Stage<W, T, S>) -> Option<W> {
        match mem::replace(&mut self.stage, next) {
            Stage::Queued(work) => Some(work),
            before => {
                self.stage = before;
                None
            }
        }
    }
}

impl<W, T, S> Job<W, T, S> {
    /// Why the work must not start, if so.
    fn refusal(&self, slot: &Slot<W, T, S>) -> Option<CancelReason> {
        let of_owner = self.owner.ended_by(self.tag);
        of_owner.or(slot.withdrawn.then_some(CancelReason::ByHand))
    }

    fn task(&self) -> Origin {
        Origin::of::<W>(self.place)
    }

    /// Runs code that belongs to the child.
    fn with_ambient<R>(&self, work: impl FnOnce() -> R) -> R {
        ambient::with(Arc::clone(&self.owner), Work::task(self.tag), work).1
    }
}

impl<W, T, S> Job<W, T, S>
where
    W: FnOnce() -> T,
    S: Settle<T>,
{
    /// Runs the work on this thread of the pool, or drops it when that comes too late.
    fn run(&self) {
        let mut slot = self.slot.lock();
        let Some(work) = slot.take_work(Stage::Running) else {
            return;
        };
        let refusal = self.refusal(&slot);
        drop(slot);
        let ended = self.with_ambient(|| match refusal {
            None => panics::catch(work).map_or_else(Ended::Panicked, Ended::Returned),
            Some(reason) => drop_work(work, reason),
        });
        let mut slot = self.slot.lock();
        match mem::replace(&mut slot.stage, Stage::Over) {
            Stage::Left(left) => {
                drop(slot);
                left.end(self, ended);
            }
            _running => {
                slot.stage = Stage::Done(ended);
                let waker = slot.waker.take();
                drop(slot);
                waker.into_iter().for_each(panics::wake);
            }
        }
    }
}

/// Drops work that never ran, where its owner is ambient.
fn drop_work<W, T>(work: W, reason: CancelReason) -> Ended<T> {
    let dropped = ambient::while_ending(reason, || panics::catch(|| drop(work)));
    Ended::Withdrawn(reason, dropped.err())
}

impl<W: Send, T: Send, S: Send> Withdraw for Job<W, T, S> {
    fn withdraw(&self) -> bool {
        let mut slot = self.slot.lock();
        if !matches!(slot.stage, Stage::Queued(_)) {
            return false;
        }
        slot.withdrawn = true;
        let waker = slot.waker.take();
        drop(slot);
        waker.into_iter().for_each(panics::wake);
        true
    }
}

impl<W, T, S> fmt::Debug for Job<W, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The job in tokio's queue: withdraws its work when the runtime drops it unrun.
struct Queued<W: Send, T: Send, S: Send>(Arc<Job<W, T, S>>);

impl<W: Send, T: Send, S: Send> Drop for Queued<W, T, S> {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}

/// The task's future: waits for the end of the work, or takes that back.
struct Waits<W, T, S>(Arc<Job<W, T, S>>);

impl<W, T, S> Future for Waits<W, T, S> {
    type Output = Ended<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<T>> {
        // Neither cloned nor dropped under the lock, as everywhere.
        let waker = cx.waker().clone();
        let mut slot = self.0.slot.lock();
        if let Some(reason) = self.0.refusal(&slot)
            && let Some(work) = slot.take_work(Stage::Over)
        {
            drop(slot);
            return Poll::Ready(drop_work(work, reason));
        }
        match mem::replace(&mut slot.stage, Stage::Over) {
            Stage::Done(ended) => Poll::Ready(ended),
            stage => {
                slot.stage = stage;
                let old = slot.waker.replace(waker);
                drop(slot);
                drop(old);
                Poll::Pending
            }
        }
    }
}

impl<W, T, S> Drop for Waits<W, T, S> {
    /// An abort, or the end of the runtime: takes the work back. What runs is left to [`Waited`].
    fn drop(&mut self) {
        let work = self.0.slot.lock().take_work(Stage::Over);
        drop(work);
    }
}
