//! Tasks that are isolated: their failures are reported and cancel nobody.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;

use tokio::runtime;

use crate::child;
use crate::failure::{BoxError, Cause, Failure, FailureKind, Origin, Panic, TaskInfo};
use crate::handle::Handle;
use crate::owner::{Entered, Owner, Payload};
use crate::policy::{Effect, Isolate, Outcome};
use crate::settle::{self, Settle};
use crate::supervision::{self, Supervision, count};

/// Starts a task for its effect.
#[track_caller]
pub(crate) fn launch<F, P>(entered: Entered, future: F, runtime: Option<&runtime::Handle>)
where
    F: Future<Output: Effect<P>> + Send + 'static,
    P: 'static,
{
    let settle = Reported(
        Entry::new(&entered.owner, Origin::of::<F>(Location::caller()).unstarted()),
        PhantomData::<fn() -> P>,
    );
    drop(child::spawn(entered, future, settle, runtime));
}

/// Starts a task whose end is the handle's.
#[track_caller]
pub(crate) fn attempt<T, F>(
    entered: Entered,
    future: F,
    runtime: Option<&runtime::Handle>,
) -> Handle<'static, Result<T, Failure>>
where
    F: Future<Output: Outcome<Isolate, Value = T, Error = BoxError>> + Send + 'static,
    T: Send + 'static,
{
    let settle =
        Handed(Entry::new(&entered.owner, Origin::of::<F>(Location::caller()).unstarted()));
    Handle::new(child::spawn(entered, future, settle, runtime), None)
}

/// A task's place among its supervisor's living ones; none when a lexical scope owns it.
#[derive(Debug)]
pub(crate) struct Entry(Option<usize>);

impl Entry {
    pub(crate) fn new(owner: &Arc<Owner>, task: TaskInfo) -> Self {
        Self(owner.supervision.as_ref().map(|supervision| supervision.register(task)))
    }

    pub(crate) fn started(&self, owner: &Owner) {
        if let Some((key, supervision)) = self.of(owner) {
            supervision.started(key);
        }
    }

    /// The task has ended so: it is counted, and no longer among the living.
    pub(crate) fn end(&self, owner: &Owner, ended: Ended) {
        if let Some((key, supervision)) = self.of(owner) {
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

    /// The task has not become one.
    pub(crate) fn refused(&self, owner: &Owner) {
        if let Some((key, supervision)) = self.of(owner) {
            supervision.deregister(key);
        }
    }

    fn of<'a>(&self, owner: &'a Owner) -> Option<(usize, &'a Supervision)> {
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
        self.0.refused(owner);
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<()> {
        let convert = || output.into_effect().err().and_then(Cause::into_error::<BoxError>);
        match catch_unwind(AssertUnwindSafe(convert)) {
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

    fn cancelled(&mut self, owner: &Arc<Owner>, _task: Origin) -> Option<()> {
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
        self.0.refused(owner);
    }

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<Self::Value> {
        match catch_unwind(AssertUnwindSafe(|| settle::attempted(task, output))) {
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

    fn cancelled(&mut self, owner: &Arc<Owner>, task: Origin) -> Option<Self::Value> {
        self.0.end(owner, Ended::Cancelled);
        Some(Err(Failure::new(FailureKind::Cancelled, task.info())))
    }
}
