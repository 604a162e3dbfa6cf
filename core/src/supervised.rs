//! Tasks that are isolated: their failures are reported and cancel nobody.

use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use tokio::runtime;
use tokio::task::JoinHandle;

use crate::blocking;
use crate::child;
use crate::failure::{BoxError, Cause, Failure, FailureKind, Origin, Panic};
use crate::handle::Handle;
use crate::lost;
use crate::out::Out;
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
    let task = traits.task::<F>(Location::caller());
    drop(spawn(entered, task, future, Reported(PhantomData::<fn() -> P>), traits, runtime));
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
    let owner = Arc::clone(&entered.owner);
    Handle::free(spawn(entered, task, future, Handed, traits, runtime), task, owner)
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
    let owner = Arc::clone(&entered.owner);
    let entered = entered.announced(task.unstarted());
    Handle::free_blocking(blocking::spawn(entered, work, Handed, runtime), task, owner)
}

/// Most tasks have no traits of their own, and pay nothing for those that have.
#[track_caller]
fn spawn<F, S>(
    entered: Entered,
    task: Origin,
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
        return child::spawn(entered.announced(task.unstarted()), future, settle, runtime);
    }
    let (entered, future, settle) = task::graceful(entered, future, settle, traits);
    child::spawn(entered.announced(task.unstarted()), future, settle, runtime)
}

/// A task of this owner has ended so: a supervisor counts it.
pub(crate) fn note_end(owner: &Owner, ended: Ended) {
    if let Some(Supervision { counts, .. }) = owner.supervision.as_deref() {
        count(match ended {
            Ended::Finished => &counts.finished,
            Ended::Failed => &counts.failed,
            Ended::Panicked => &counts.panicked,
            Ended::Cancelled => &counts.cancelled,
        });
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
struct Reported<P>(PhantomData<fn() -> P>);

impl<P: 'static, O: Effect<P>> Settle<O> for Reported<P> {
    type Value = ();

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<()> {
        let convert = || output.into_effect().err().and_then(Cause::into_error::<BoxError>);
        match panics::catch(convert) {
            Ok(None) => note_end(owner, Ended::Finished),
            Ok(Some(error)) => {
                note_end(owner, Ended::Failed);
                supervision::report(owner, Failure::new(FailureKind::Error(error), task.info()));
            }
            Err(payload) => return <Self as Settle<O>>::panicked(self, owner, task, payload),
        }
        Some(())
    }

    fn panicked(&mut self, owner: &Arc<Owner>, task: Origin, payload: Payload) -> Option<()> {
        note_end(owner, Ended::Panicked);
        settle::panicked(owner, task, payload);
        None
    }

    fn cancelled(&mut self, owner: &Arc<Owner>, _: Origin, _: CancelReason) -> Option<()> {
        note_end(owner, Ended::Cancelled);
        None
    }
}

/// `attempt`: everything is the handle's, and the value belongs to its holder.
#[derive(Debug)]
struct Handed;

impl<O: Outcome<Isolate, Error = BoxError>> Settle<O> for Handed {
    type Value = Result<O::Value, Failure<O::Error>>;

    const OWNED: bool = false;

    fn is_failure(value: &Self::Value) -> bool {
        lost::is_failure(value)
    }

    fn lose(owner: &Arc<Owner>, value: Self::Value) {
        lost::report(owner, value);
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<Self::Value> {
        match panics::catch(|| settle::attempted(task, output)) {
            Ok(value) => {
                note_end(owner, if value.is_err() { Ended::Failed } else { Ended::Finished });
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
        note_end(owner, Ended::Panicked);
        Some(Err(Failure::new(FailureKind::Panic(Panic::new(payload)), task.info())))
    }

    fn cancelled(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        reason: CancelReason,
    ) -> Option<Self::Value> {
        note_end(owner, Ended::Cancelled);
        Some(Err(Failure::new(FailureKind::Cancelled(reason), task.info())))
    }
}
