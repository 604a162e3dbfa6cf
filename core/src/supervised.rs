//! Tasks that are isolated: their failures are reported and cancel nobody.

use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use tokio::runtime;
use tokio::task::JoinHandle;

use crate::blocking;
use crate::child::{self, Out};
use crate::failure::{BoxError, Cause, Failure, FailureKind, Origin, Panic, TaskInfo};
use crate::handle::Handle;
use crate::lost;
use crate::owner::{Entered, Living, Owner};
use crate::panics::{self, Payload};
use crate::policy::{Effect, Isolate, Outcome};
use crate::reason::CancelReason;
use crate::settle::{self, Settle};
use crate::supervision::{self, Supervision, count};
use crate::task::{self, Traits};

/// Starts a task for its effect.
#[track_caller]
pub(crate) fn launch<F, P>(
    entered: Entered,
    future: F,
    traits: Traits,
    runtime: Option<&runtime::Handle>,
) where
    F: Future<Output: Effect<P>> + Send + 'static,
    P: 'static,
{
    let task = traits.task::<F>(Location::caller());
    let entry = Entry::new(&entered.owner, task.unstarted());
    let settle = Reported(entry, PhantomData::<fn() -> P>);
    drop(spawn(entered, future, settle, traits, runtime));
}

/// Starts a task whose end is the handle's.
#[track_caller]
pub(crate) fn attempt<T, F>(
    entered: Entered,
    future: F,
    traits: Traits,
    runtime: Option<&runtime::Handle>,
) -> Handle<'static, Result<T, Failure>>
where
    F: Future<Output: Outcome<Isolate, Value = T, Error = BoxError>> + Send + 'static,
    T: Send + 'static,
{
    let task = traits.task::<F>(Location::caller());
    let (owner, settle) = (Arc::clone(&entered.owner), Handed::new(&entered.owner, task));
    Handle::free(spawn(entered, future, settle, traits, runtime), task, owner)
}

/// Starts a function on a blocking thread; its end is the handle's.
#[track_caller]
pub(crate) fn attempt_blocking<W, O, T>(
    entered: Entered,
    work: W,
    runtime: Option<&runtime::Handle>,
) -> Handle<'static, Result<T, Failure>>
where
    W: FnOnce() -> O + Send + 'static,
    O: Outcome<Isolate, Value = T, Error = BoxError>,
    T: Send + 'static,
{
    let task = Origin::of::<W>(Location::caller());
    let (owner, settle) = (Arc::clone(&entered.owner), Handed::new(&entered.owner, task));
    Handle::free_blocking(blocking::spawn(entered, work, settle, runtime), task, owner)
}

/// Most tasks have no traits of their own, and pay nothing for those that have.
#[track_caller]
fn spawn<F, S>(
    entered: Entered,
    future: F,
    settle: S,
    traits: Traits,
    runtime: Option<&runtime::Handle>,
) -> JoinHandle<Out<S::Value>>
where
    F: Future + Send + 'static,
    S: Settle<F::Output>,
{
    if traits.is_plain() {
        return child::spawn(entered, future, settle, runtime);
    }
    let (entered, future, settle) = task::graceful(entered, future, settle, traits);
    child::spawn(entered, future, settle, runtime)
}

/// A task's place among its owner's living ones; none when a lexical scope owns it.
#[derive(Debug)]
pub(crate) struct Entry(Option<u32>);

impl Entry {
    pub(crate) fn new(owner: &Arc<Owner>, task: TaskInfo) -> Self {
        Self(owner.living().map(|living| living.register(task)))
    }

    pub(crate) fn started(&self, owner: &Owner) {
        if let Some((key, living)) = self.living(owner) {
            living.started(key);
        }
    }

    /// The task has ended so: a supervisor counts it, and it is no longer among the living.
    pub(crate) fn end(&self, owner: &Owner, ended: Ended) {
        if let Some(Supervision { counts, .. }) = owner.supervision.as_deref() {
            count(match ended {
                Ended::Finished => &counts.finished,
                Ended::Failed => &counts.failed,
                Ended::Panicked => &counts.panicked,
                Ended::Cancelled => &counts.cancelled,
            });
        }
        self.leave(owner);
    }

    /// The task has not become one, or is counted elsewhere.
    pub(crate) fn leave(&self, owner: &Owner) {
        if let Some((key, living)) = self.living(owner) {
            living.deregister(key);
        }
    }

    fn living<'a>(&self, owner: &'a Owner) -> Option<(u32, &'a Living)> {
        self.0.zip(owner.living())
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ended {
    Finished,
    Failed,
    Panicked,
    Cancelled,
}

/// `launch`: a failure goes to the nearest supervisor's hook.
#[derive(Debug)]
struct Reported<P>(Entry, PhantomData<fn() -> P>);

impl<P: 'static, O: Effect<P>> Settle<O> for Reported<P> {
    type Value = ();

    fn started(&mut self, owner: &Arc<Owner>) {
        self.0.started(owner);
    }

    fn refused(&mut self, owner: &Arc<Owner>) {
        self.0.leave(owner);
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<()> {
        let convert = || output.into_effect().err().and_then(Cause::into_error::<BoxError>);
        match panics::catch(convert) {
            Ok(None) => self.0.end(owner, Ended::Finished),
            Ok(Some(error)) => {
                self.0.end(owner, Ended::Failed);
                supervision::report(owner, Failure::new(FailureKind::Error(error), task.info()));
            }
            Err(payload) => return <Self as Settle<O>>::panicked(self, owner, task, payload),
        }
        Some(())
    }

    fn panicked(&mut self, owner: &Arc<Owner>, task: Origin, payload: Payload) -> Option<()> {
        self.0.end(owner, Ended::Panicked);
        settle::panicked(owner, task, payload);
        None
    }

    fn cancelled(&mut self, owner: &Arc<Owner>, _: Origin, _: CancelReason) -> Option<()> {
        self.0.end(owner, Ended::Cancelled);
        None
    }
}

/// `attempt`: everything is the handle's, and the value belongs to its holder.
#[derive(Debug)]
struct Handed(Entry);

impl Handed {
    fn new(owner: &Arc<Owner>, task: Origin) -> Self {
        Self(Entry::new(owner, task.unstarted()))
    }
}

impl<O: Outcome<Isolate, Error = BoxError>> Settle<O> for Handed {
    type Value = Result<O::Value, Failure<O::Error>>;

    const OWNED: bool = false;

    fn is_failure(value: &Self::Value) -> bool {
        lost::is_failure(value)
    }

    fn lose(owner: &Arc<Owner>, value: Self::Value) {
        lost::report(owner, value);
    }

    fn started(&mut self, owner: &Arc<Owner>) {
        self.0.started(owner);
    }

    fn refused(&mut self, owner: &Arc<Owner>) {
        self.0.leave(owner);
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<Self::Value> {
        match panics::catch(|| settle::attempted(task, output)) {
            Ok(value) => {
                self.0.end(owner, if value.is_err() { Ended::Failed } else { Ended::Finished });
                Some(value)
            }
            Err(payload) => <Self as Settle<O>>::panicked(self, owner, task, payload),
        }
    }

    fn panicked(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        payload: Payload,
    ) -> Option<Self::Value> {
        self.0.end(owner, Ended::Panicked);
        Some(Err(Failure::new(FailureKind::Panic(Panic::new(payload)), task.info())))
    }

    fn cancelled(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        reason: CancelReason,
    ) -> Option<Self::Value> {
        self.0.end(owner, Ended::Cancelled);
        Some(Err(Failure::new(FailureKind::Cancelled(reason), task.info())))
    }
}
