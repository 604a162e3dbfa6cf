//! Handles: the right to one child's value.

use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, needs_drop};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::task::{AbortHandle, JoinError, JoinHandle};

use crate::blocking::{Started, Withdraw};
use crate::failure::{Failure, FailureKind, Origin, Panic, TaskId, TaskInfo};
use crate::lost;
use crate::out::Out;
use crate::owner::Owner;
use crate::reason::CancelReason;

/// Yields the value of one child when awaited.
///
/// A handle is branded with the borrow of its scope: it cannot leave the body, move into a task or
/// be alive across [`cancel_children`](crate::Scope::cancel_children). One from
/// [`Supervisor::attempt`](crate::Supervisor::attempt) is `'static` and goes anywhere; only such a
/// one can [cancel its task when it is dropped](Self::cancel_on_drop), or [lend out the right
/// to](Self::abort_handle).
///
/// It yields a value only: when the child fails, the scope fails, and the body that awaits the
/// handle is dropped. That of an `attempt` yields the failure, too. A supervisor's task that was
/// aborted, or whose runtime was shut down, was [cancelled](crate::FailureKind::Cancelled).
///
/// # Cancel safety
///
/// Awaiting `&mut handle` in a `select!` loses nothing: the value stays until it is yielded.
///
/// # Panics
///
/// Awaiting the handle of a scope's child panics when the child's runtime was shut down while the
/// scope goes on in another. Blocking on it inside the body (`block_on(handle)`) is a deadlock when
/// the child fails: the body cannot be dropped while it blocks.
///
/// # Drop
///
/// Dropping a handle stops nothing, unless it is to [`cancel_on_drop`](Self::cancel_on_drop): the
/// owner still has the child and awaits it. A value that nobody takes is dropped before the scope
/// ends (R1). The failure of an `attempt` is reported to the nearest supervisor when whoever awaited
/// it was dropped before (R3); a handle that nobody has awaited keeps it for itself.
#[must_use = "a handle that nobody awaits loses its child's value: use `launch` to run for effect"]
pub struct Handle<'s, T> {
    /// `None` only while it is dropped.
    join: Option<JoinHandle<Out<T>>>,
    source: Source<'s, T>,
    progress: Progress,
    cancel_on_drop: bool,
    _brand: PhantomData<fn(&'s ()) -> &'s ()>,
}

/// What a handle has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Nobody has awaited it.
    Fresh,
    /// Somebody awaits it, who may be dropped before it yields.
    Awaited,
    /// The child has ended, and tokio has nothing more to give.
    Ended,
}

/// Who owns the child; by that, what its handle does once there is no value to be had.
enum Source<'s, T> {
    /// A scope, which ends then, and drops who holds the handle.
    Scope { owner: &'s Owner, lost: Option<Lost<T>> },
    /// Boxed, so that the others are small.
    Rare(Box<Rare<'s, T>>),
}

enum Rare<'s, T> {
    /// A scope, of a child that blocks.
    Blocking(&'s Owner, Job),
    /// A supervisor, whatever owns what `Spawner::current` started, or the root: the holder goes on.
    Free(Missing<T>),
}

/// What a child runs that blocks: an abort would lose it.
type Job = Arc<dyn Withdraw>;

/// Has the failure reported that a child comes to whose handle was dropped while it was awaited.
type Lost<T> = fn(JoinHandle<Out<T>>);

/// Makes what a handle yields in place of an output that tokio has dropped.
struct Missing<T> {
    task: Origin,
    failed: fn(FailureKind, TaskInfo) -> T,
    owner: Arc<Owner>,
    lost: fn(JoinHandle<Out<T>>, &Arc<Owner>),
    job: Option<Job>,
}

impl<T> Missing<T> {
    fn value(&self, id: TaskId, error: Option<JoinError>) -> T {
        // An abort has no reason but the hand that made it.
        let cancelled = FailureKind::Cancelled(CancelReason::ByHand);
        let panic = error.and_then(|error| error.try_into_panic().ok());
        let kind = panic.map_or(cancelled, |payload| FailureKind::Panic(Panic::new(payload)));
        (self.failed)(kind, TaskInfo { id: Some(id), ..self.task.unstarted() })
    }
}

impl<'s, T> Handle<'s, T> {
    /// Of a scope's child, whose failure is the scope's.
    pub(crate) fn new(join: JoinHandle<Out<T>>, owner: &'s Owner) -> Self {
        Self::in_scope(join, owner, None)
    }

    fn in_scope(join: JoinHandle<Out<T>>, owner: &'s Owner, lost: Option<Lost<T>>) -> Self {
        Self::with(join, Source::Scope { owner, lost })
    }

    /// Of a scope's child that blocks.
    pub(crate) fn of_blocking(started: Started<T>, owner: &'s Owner) -> Self {
        let Started { join, job } = started;
        Self::with(join, Source::Rare(Box::new(Rare::Blocking(owner, job))))
    }

    fn with(join: JoinHandle<Out<T>>, source: Source<'s, T>) -> Self {
        let (progress, cancel_on_drop) = (Progress::Fresh, false);
        let handle =
            Self { join: Some(join), source, progress, cancel_on_drop, _brand: PhantomData };
        if let Some(owner) = handle.owner_of_value() {
            owner.add_handle();
        }
        handle
    }

    /// The scope, if it has to know how many handles could take a value that needs dropping.
    fn owner_of_value(&self) -> Option<&'s Owner> {
        match &self.source {
            Source::Scope { owner, .. } if needs_drop::<T>() => Some(owner),
            Source::Rare(rare) if needs_drop::<T>() => match &**rare {
                Rare::Blocking(owner, _) => Some(owner),
                Rare::Free(_) => None,
            },
            Source::Scope { .. } | Source::Rare(_) => None,
        }
    }

    /// Has the child end; `true` when it is sure that it never ran.
    fn stop(&self) -> bool {
        if let Source::Rare(rare) = &self.source
            && let Rare::Blocking(_, job) | Rare::Free(Missing { job: Some(job), .. }) = &**rare
        {
            return job.withdraw();
        }
        self.join().abort();
        false
    }

    fn join(&self) -> &JoinHandle<Out<T>> {
        self.join.as_ref().expect("only the destructor takes it")
    }

    fn join_mut(&mut self) -> &mut JoinHandle<Out<T>> {
        self.join.as_mut().expect("only the destructor takes it")
    }

    /// Cancels the child and waits until it is gone; yields its value when it had ended before.
    ///
    /// What the child leaves behind, tasks of scopes that it was in, is waited for by the scope. Blocking
    /// work that runs cannot be cancelled: it is waited for, and its value is yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// foster::scope!(|s| {
    ///     let slow = s.spawn(std::future::pending::<u32>());
    ///     assert_eq!(slow.cancel().await, None);
    /// }).await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The child is cancelled at the first poll. Dropping the call after that only stops waiting.
    pub async fn cancel(mut self) -> Option<T> {
        // What it comes to from here on is not lost, but cancelled.
        if mem::replace(&mut self.progress, Progress::Ended) == Progress::Ended {
            return None;
        }
        let never_ran = self.stop();
        let ended = self.join_mut().await;
        ended.ok().filter(|_| !never_ran).and_then(Out::take)
    }

    /// Returns whether the child has ended, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.join().is_finished()
    }

    /// Returns the child's id.
    pub fn id(&self) -> TaskId {
        self.join().id()
    }
}

impl<T> Handle<'static, T> {
    /// Makes dropping the handle cancel its task: for work that is worth nothing to anybody but the
    /// one who awaits it. The owner waits for the task, as ever (R1).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # use std::{io, time::Duration};
    /// let sup = foster::Supervisor::builder("shop").build();
    /// let search = sup.attempt(std::future::pending::<io::Result<u32>>()).cancel_on_drop();
    /// // The search ends with the time limit, which drops the handle.
    /// assert!(tokio::time::timeout(Duration::from_secs(1), search).await.is_err());
    /// assert_eq!(sup.join().await.cancelled, 1);
    /// # }
    /// ```
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancel_on_drop = true;
        self
    }

    /// Returns tokio's [`AbortHandle`], which cancels the task for somebody who does not await it.
    ///
    /// Who awaits the handle then gets a [failure](crate::FailureKind::Cancelled) with the reason
    /// [`ByHand`](CancelReason::ByHand). A task that has ended keeps its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use std::io;
    /// let sup = foster::Supervisor::builder("shop").build();
    /// let search = sup.attempt(std::future::pending::<io::Result<u32>>());
    /// let stop = search.abort_handle();
    /// sup.launch(async move { stop.abort() });
    /// assert!(search.await.unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        self.join().abort_handle()
    }
}

impl<T> Handle<'static, Result<T, Failure>> {
    /// Of a task that no lexical scope answers for.
    pub(crate) fn free(
        join: JoinHandle<Out<Result<T, Failure>>>,
        task: Origin,
        owner: Arc<Owner>,
    ) -> Self
    where
        T: Send + 'static,
    {
        let failed = |kind, task| Err(Failure::new(kind, task));
        let missing = Missing { task, failed, owner, lost: lost::in_supervisor, job: None };
        Self::with(join, Source::Rare(Box::new(Rare::Free(missing))))
    }

    /// Of such a task that blocks.
    pub(crate) fn free_blocking(
        started: Started<Result<T, Failure>>,
        task: Origin,
        owner: Arc<Owner>,
    ) -> Self
    where
        T: Send + 'static,
    {
        let Started { join, job } = started;
        let mut handle = Self::free(join, task, owner);
        if let Source::Rare(rare) = &mut handle.source
            && let Rare::Free(missing) = &mut **rare
        {
            missing.job = Some(job);
        }
        handle
    }
}

impl<'s, T, E> Handle<'s, Result<T, Failure<E>>>
where
    T: Send + 'static,
    E: fmt::Debug + Send + 'static,
{
    /// Of a scope's attempt, whose failure is the handle's.
    pub(crate) fn of_attempt(
        join: JoinHandle<Out<Result<T, Failure<E>>>>,
        owner: &'s Owner,
    ) -> Self {
        Self::in_scope(join, owner, Some(lost::in_scope))
    }
}

impl<T> Future for Handle<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if self.progress == Progress::Ended {
            return Poll::Pending;
        }
        self.progress = Progress::Awaited;
        let ended = ready!(Pin::new(self.join_mut()).poll(cx));
        self.progress = Progress::Ended;
        let error = match ended.map(Out::take) {
            Ok(Some(value)) => return Poll::Ready(value),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        match &self.source {
            Source::Scope { owner, .. } => pend(owner, error.as_ref()),
            Source::Rare(rare) => match &**rare {
                Rare::Blocking(owner, _) => pend(owner, error.as_ref()),
                Rare::Free(missing) => Poll::Ready(missing.value(self.id(), error)),
            },
        }
    }
}

/// Without a value, since the scope is ending, and with it whoever holds the handle.
fn pend<T>(owner: &Owner, error: Option<&JoinError>) -> Poll<T> {
    let ending = error.is_none() || owner.is_cancelled();
    assert!(ending, "the runtime of this child was shut down before the child ended");
    Poll::Pending
}

impl<T> Drop for Handle<'_, T> {
    fn drop(&mut self) {
        if self.cancel_on_drop {
            self.stop();
        }
        if self.progress == Progress::Awaited
            && let Some(join) = self.join.take()
        {
            match &self.source {
                Source::Scope { lost, .. } => {
                    if let Some(lost) = lost {
                        lost(join);
                    }
                }
                Source::Rare(rare) => {
                    if let Rare::Free(missing) = &**rare {
                        (missing.lost)(join, &missing.owner);
                    }
                }
            }
        }
        if let Some(owner) = self.owner_of_value() {
            owner.remove_handle();
        }
    }
}

impl<T> fmt::Debug for Handle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies hold handles across their awaits.
    #[test]
    fn a_handle_is_no_more_than_four_words() {
        assert_eq!(size_of::<Handle<'_, Vec<u8>>>(), 4 * size_of::<usize>());
    }
}
