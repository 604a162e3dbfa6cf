//! Shields: work that its owner finishes, whatever happens to who awaits it (R7).

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::Sleep;

use crate::ambient::{self, Work};
use crate::child;
use crate::emit::emit;
use crate::failure::{Failure, FailureKind, Interrupted, Origin, Panic, TaskInfo};
use crate::limit;
use crate::owner::{Class, Entered, Owner, Place, Side};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::root;
use crate::settle::Settle;
use crate::shield_kind::{InTime, Kind, Silent};
use crate::supervised::{self, Ended};
use crate::supervision;
use crate::task::{self, Graceful, Hurry, Lasting};

/// Runs its block as a task of an owner and yields its value; what `shield!` makes.
///
/// Once started, the task finishes: cancelling or dropping who awaits it does not stop it, and its
/// owner waits for it. It starts at the first poll. It never refuses: an owner that has ended
/// passes it to the next living one above.
///
/// Two shields, one after the other, are two tasks: a cancellation can fall between them. What has
/// to happen as one belongs in one shield.
///
/// # Cancel safety
///
/// Dropping it before the first poll drops the block, unrun. After that only the value is lost:
/// a panic, or an `Err` of a `shield!`, is reported to the nearest supervisor then.
///
/// # Panics
///
/// A panic of the block resumes in who awaits. The first poll panics outside of a tokio runtime; a
/// later one when the last rung of a ladder, or the end of the runtime, stopped the block while the
/// one who awaits goes on.
#[must_use = "a shield does nothing unless it is awaited"]
pub struct Shield<F, K = Silent>
where
    F: Future,
    K: Kind<F::Output>,
{
    stage: Stage<F, K>,
    /// `None` for the ambient one.
    owner: Option<Arc<Owner>>,
    /// `None` for the one around the first poll.
    runtime: Option<runtime::Handle>,
    name: Option<&'static str>,
    grace: Option<Duration>,
    place: Place,
}

enum Stage<F: Future, K: Kind<F::Output>> {
    Fresh(F),
    Started(Started<F::Output, K>),
    /// Stopped while the one who awaited it was ending.
    Stopped,
    Ended,
}

/// The awaiter's half of a shield that runs.
struct Started<T, K: Kind<T>> {
    ended: oneshot::Receiver<Result<T, Payload>>,
    owner: Arc<Owner>,
    task: TaskInfo,
    _kind: PhantomData<fn() -> K>,
}

impl<T, K: Kind<T>> Drop for Started<T, K> {
    fn drop(&mut self) {
        // Either the task finds the channel closed, or this finds what it sent: one reports it.
        self.ended.close();
        if let Ok(result) = self.ended.try_recv() {
            untaken::<T, K>(&self.owner, self.task, result);
        }
    }
}

/// Reports what a shield ended with and nobody took, unless it is a value.
fn untaken<T, K: Kind<T>>(owner: &Arc<Owner>, task: TaskInfo, result: Result<T, Payload>) {
    let lost = match result {
        Ok(value) => {
            let find = || panics::catch(|| K::into_error(value));
            ambient::with(Arc::clone(owner), Work::body(Class::Shield), find).1
        }
        Err(payload) => Err(payload),
    };
    let kind = match lost {
        Ok(None) => return,
        Ok(Some(error)) => FailureKind::Error(error),
        Err(payload) => FailureKind::Panic(Panic::new(payload)),
    };
    supervision::report(owner, Failure::new(kind, task));
}

/// The task's half.
struct Shielded<T, K> {
    send: Option<oneshot::Sender<Result<T, Payload>>>,
    side: Side,
    name: Option<&'static str>,
    _kind: PhantomData<fn() -> K>,
}

impl<T: Send + 'static, K: Kind<T>> Shielded<T, K> {
    fn end(&mut self, owner: &Arc<Owner>, task: Origin, ended: Ended, result: Result<T, Payload>) {
        self.leave(owner, ended);
        if let Some(Err(result)) = self.send.take().map(|send| send.send(result)) {
            untaken::<T, K>(owner, self.named(task), result);
        }
    }

    fn leave(&self, owner: &Owner, ended: Ended) {
        supervised::note_end(owner, ended);
        if self.side == Side::Foreground {
            owner.count_shield(false);
        }
    }

    fn named(&self, task: Origin) -> TaskInfo {
        let task = task.info();
        TaskInfo { name: self.name.unwrap_or(task.name), ..task }
    }
}

impl<T: Send + 'static, K: Kind<T>> Settle<T> for Shielded<T, K> {
    type Value = ();

    fn refused(&mut self, owner: &Arc<Owner>) {
        if self.side == Side::Foreground {
            owner.count_shield(false);
        }
    }

    fn stopped(&mut self, owner: &Arc<Owner>, task: Origin, _: CancelReason) {
        supervision::forced(owner, self.named(task));
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: T) -> Option<()> {
        if K::is_interrupted(&output) {
            emit!(WARN, shield = %self.named(task), "a shield was stopped by its time limit");
        }
        let ended = if K::is_failure(&output) { Ended::Failed } else { Ended::Finished };
        self.end(owner, task, ended, Ok(output));
        None
    }

    fn panicked(&mut self, owner: &Arc<Owner>, task: Origin, payload: Payload) -> Option<()> {
        self.end(owner, task, Ended::Panicked, Err(payload));
        None
    }

    fn cancelled(&mut self, owner: &Arc<Owner>, _: Origin, _: CancelReason) -> Option<()> {
        self.leave(owner, Ended::Cancelled);
        None
    }
}

impl<F: Future, K: Kind<F::Output>> Shield<F, K> {
    #[track_caller]
    pub(crate) fn new(owner: Option<Arc<Owner>>, future: F) -> Self {
        let stage = Stage::Fresh(future);
        Self { stage, owner, runtime: None, name: None, grace: None, place: Location::caller() }
    }

    #[track_caller]
    pub(crate) fn owned_by(owner: Arc<Owner>, runtime: Option<runtime::Handle>, future: F) -> Self {
        Self { runtime, ..Self::new(Some(owner), future) }
    }

    /// Names the shield in events and reports.
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Bounds the time from the first poll. On elapse the block is dropped, whoever awaits, and an
    /// event names the shield.
    ///
    /// # Panics
    ///
    /// Panics when the shield was polled already.
    #[track_caller]
    pub fn within(mut self, limit: Duration) -> Shield<Within<F>, InTime<K>> {
        let Stage::Fresh(future) = mem::replace(&mut self.stage, Stage::Ended) else {
            panic!("a shield that has started cannot be bounded any more");
        };
        let future = Within { future: Some(future), limit, sleep: None };
        Shield {
            stage: Stage::Fresh(future),
            owner: self.owner.take(),
            runtime: self.runtime.take(),
            name: self.name,
            grace: self.grace,
            place: self.place,
        }
    }

    /// Bounds how long it may go on once shutdown is requested; without, that is until the last
    /// rung of the ladder (R11). When that time is over, it is stopped, and named in the report.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }
}

impl<F, K> Shield<F, K>
where
    F: Future<Output: Send + 'static> + Send + 'static,
    K: Kind<F::Output>,
{
    fn start(&mut self, future: F) -> Started<F::Output, K> {
        let (owner, side) = match self.owner.take() {
            Some(owner) => (owner, Side::Foreground),
            None => ambient::current().map_or_else(
                || (root::current_owner().expect(OUTSIDE), Side::Foreground),
                |(owner, class)| (owner, class.side()),
            ),
        };
        let (owner, side) = owner.enter_shield(side).expect(OUTSIDE);
        if side == Side::Foreground {
            owner.count_shield(true);
        }
        let (send, ended) = oneshot::channel();
        let name = self.name.unwrap_or(type_name::<F>());
        let task = TaskInfo { id: None, name, place: self.place };
        let settle =
            Shielded { send: Some(send), side, name: self.name, _kind: PhantomData::<fn() -> K> };
        let entered = Entered::shield(Arc::clone(&owner), side).announced(task);
        let (place, runtime) = (self.place, self.runtime.as_ref());
        if self.grace.is_some() {
            let due = Box::pin(task::due(Arc::clone(&owner), self.grace, Hurry::No));
            let (future, settle) = (Graceful::new(future, due), Lasting::shield(settle));
            drop(child::spawn_at(entered, place, future, settle, runtime));
        } else {
            drop(child::spawn_at(entered, place, future, settle, runtime));
        }
        Started { ended, owner, task, _kind: PhantomData }
    }
}

const OUTSIDE: &str = "no owner: a shield was polled outside of a tokio runtime";

/// Nothing of it is ever pinned: the block moves into its task.
impl<F: Future, K: Kind<F::Output>> Unpin for Shield<F, K> {}

impl<F, K> Future for Shield<F, K>
where
    F: Future<Output: Send + 'static> + Send + 'static,
    K: Kind<F::Output>,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if matches!(self.stage, Stage::Fresh(_))
            && let Stage::Fresh(future) = mem::replace(&mut self.stage, Stage::Ended)
        {
            self.stage = Stage::Started(self.start(future));
        }
        let started = match &mut self.stage {
            Stage::Started(started) => started,
            Stage::Stopped => {
                assert!(ambient::is_ending(), "a shield that was stopped by a shutdown is awaited");
                return Poll::Pending;
            }
            Stage::Fresh(_) | Stage::Ended => panic!("`Shield` polled after completion"),
        };
        let ended = ready!(Pin::new(&mut started.ended).poll(cx));
        let task = started.task;
        self.stage = Stage::Ended;
        match ended {
            Ok(Ok(value)) => Poll::Ready(value),
            Ok(Err(payload)) => resume_unwind(payload),
            Err(_) => {
                // Stopped. Who ends with it is dropped here; anybody else would wait for ever.
                assert!(ambient::is_ending(), "the shield {task} was stopped by a shutdown");
                self.stage = Stage::Stopped;
                Poll::Pending
            }
        }
    }
}

impl<F: Future, K: Kind<F::Output>> fmt::Debug for Shield<F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = !matches!(self.stage, Stage::Fresh(_));
        f.debug_struct("Shield")
            .field("name", &self.name)
            .field("started", &started)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The block of a shield that has a time limit.
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct Within<F> {
        #[pin]
        future: Option<F>,
        limit: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future> Future for Within<F> {
    type Output = Result<F::Output, Interrupted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // With no time at all nothing runs, as in a scope.
        if !this.limit.is_zero() {
            let limit = *this.limit;
            let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
            if let Some(future) = this.future.as_mut().as_pin_mut()
                && let Poll::Ready(value) = future.poll(cx)
            {
                return Poll::Ready(Ok(value));
            }
            ready!(limit::poll(sleep.as_mut(), cx));
        }
        ambient::while_ending(CancelReason::Elapsed, || this.future.set(None));
        Poll::Ready(Err(Interrupted::Elapsed))
    }
}

impl<F> fmt::Debug for Within<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Within").field("limit", &self.limit).finish_non_exhaustive()
    }
}
