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
use crate::owner::{Entered, Owner};
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
    let settle = Reported(Entry::of::<F>(&entered.owner, traits), PhantomData::<fn() -> P>);
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
    let settle = Handed(Entry::of::<F>(&entered.owner, traits));
    Handle::new(spawn(entered, future, settle, traits, runtime), None)
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
    let settle = Handed(Entry::of::<W>(&entered.owner, Traits::default()));
    Handle::of_blocking(blocking::spawn(entered, work, settle, runtime), None)
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

/// A task's place among its supervisor's living ones; none when a lexical scope owns it.
#[derive(Debug)]
pub(crate) struct Entry(Option<usize>);

impl Entry {
    /// For a task whose future, or function, is an `F`.
    #[track_caller]
    fn of<F>(owner: &Arc<Owner>, traits: Traits) -> Self {
        let task = Origin::of::<F>(Location::caller());
        Self::new(
            owner,
            traits.name.map_or(task, |name| Origin::named(task.place, name)).unstarted(),
        )
    }

    pub(crate) fn new(owner: &Arc<Owner>, task: TaskInfo) -> Self {
        Self(owner.supervision.as_ref().map(|supervision| supervision.register(task)))
    }

    pub(crate) fn started(&self, owner: &Owner) {
        if let Some((key, supervision)) = self.supervision(owner) {
            supervision.started(key);
        }
    }

    /// The task has ended so: it is counted, and no longer among the living.
    pub(crate) fn end(&self, owner: &Owner, ended: Ended) {
        if let Some((key, supervision)) = self.supervision(owner) {
            let counts = &supervision.counts;
            count(match ended {
                Ended::Finished => &counts.finished,
                Ended::Failed => &counts.failed,
                Ended::Panicked => &counts.panicked,
                Ended::Cancelled => &counts.cancelled,
            });
            supervision.deregister(key);
        }
    }

    /// The task has not become one, or is counted elsewhere.
    pub(crate) fn leave(&self, owner: &Owner) {
        if let Some((key, supervision)) = self.supervision(owner) {
            supervision.deregister(key);
        }
    }

    fn supervision<'a>(&self, owner: &'a Owner) -> Option<(usize, &'a Supervision)> {
        self.0.zip(owner.supervision.as_deref())
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
        if owner.is_lexical() {
            settle::panicked(owner, task, payload);
        } else {
            let kind = FailureKind::Panic(Panic::new(payload));
            supervision::report(owner, Failure::new(kind, task.info()));
        }
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

impl<O: Outcome<Isolate>> Settle<O> for Handed {
    type Value = Result<O::Value, Failure<O::Error>>;

    const OWNED: bool = false;

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
