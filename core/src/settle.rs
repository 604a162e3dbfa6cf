//! What becomes of a child's end: its value, its error or its panic, by verb and policy.

use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::emit::emit;
use crate::failure::{Cause, Failure, FailureKind, Origin, Panic, TaskInfo};
use crate::lost;
use crate::owner::{Owner, Why};
use crate::panics::{self, Payload};
use crate::policy::{Effect, Outcome};
use crate::reason::CancelReason;
use crate::supervision;

/// Settles what a child ended with, before it leaves its owner. No method panics.
pub(crate) trait Settle<O>: Send + 'static {
    /// What the child's handle may yield.
    type Value: Send + 'static;

    /// Whether the value is the owner's until it is taken (design 3.1, 1).
    const OWNED: bool = true;

    /// Whether a value is a failure that must not be lost with its handle.
    fn is_failure(_value: &Self::Value) -> bool {
        false
    }

    /// Nobody is left to take the value.
    fn lose(_owner: &Arc<Owner>, value: Self::Value) {
        drop(value);
    }

    /// The child could not be started: there was no runtime.
    fn refused(&mut self, _owner: &Arc<Owner>) {}

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<Self::Value>;

    /// The task was stopped: `cancelled` follows or, if one of its destructors panicked, `panicked`.
    fn stopped(&mut self, _owner: &Arc<Owner>, _task: Origin, _reason: CancelReason) {}

    fn panicked(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        payload: Payload,
    ) -> Option<Self::Value> {
        panicked(owner, task, payload);
        None
    }

    fn cancelled(
        &mut self,
        _owner: &Arc<Owner>,
        _task: Origin,
        _reason: CancelReason,
    ) -> Option<Self::Value> {
        None
    }
}

/// `spawn`: the value for the handle; a failure is the scope's.
#[derive(Debug)]
pub(crate) struct Spawned<P>(pub(crate) PhantomData<fn() -> P>);

impl<P: 'static, O: Outcome<P>> Settle<O> for Spawned<P> {
    type Value = O::Value;

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<O::Value> {
        output.into_result().map_err(|error| failed(owner, task, O::into_cause(error))).ok()
    }
}

/// `launch` and `background`: nothing for anybody; a failure is the scope's.
#[derive(Debug)]
pub(crate) struct Launched<P>(pub(crate) PhantomData<fn() -> P>);

impl<P: 'static, O: Effect<P>> Settle<O> for Launched<P> {
    type Value = ();

    fn returned(&mut self, owner: &Arc<Owner>, task: Origin, output: O) -> Option<()> {
        output.into_effect().map_err(|cause| failed(owner, task, cause)).ok()
    }
}

/// `attempt`: everything stays in the handle.
#[derive(Debug)]
pub(crate) struct Attempted<P>(pub(crate) PhantomData<fn() -> P>);

impl<P: 'static, O: Outcome<P>> Settle<O> for Attempted<P> {
    type Value = Result<O::Value, Failure<O::Error>>;

    fn is_failure(value: &Self::Value) -> bool {
        lost::is_failure(value)
    }

    fn lose(owner: &Arc<Owner>, value: Self::Value) {
        lost::report_text(owner, value);
    }

    fn returned(&mut self, _: &Arc<Owner>, task: Origin, output: O) -> Option<Self::Value> {
        Some(attempted::<P, O>(task, output))
    }

    fn panicked(&mut self, _: &Arc<Owner>, task: Origin, payload: Payload) -> Option<Self::Value> {
        Some(Err(Failure::new(FailureKind::Panic(Panic::new(payload)), task.info())))
    }

    fn cancelled(
        &mut self,
        _: &Arc<Owner>,
        task: Origin,
        reason: CancelReason,
    ) -> Option<Self::Value> {
        Some(Err(Failure::new(FailureKind::Cancelled(reason), task.info())))
    }
}

/// What the handle of an `attempt` yields for an output.
pub(crate) fn attempted<P, O: Outcome<P>>(
    task: Origin,
    output: O,
) -> Result<O::Value, Failure<O::Error>> {
    output.into_result().map_err(|error| Failure::new(FailureKind::Error(error), task.info()))
}

/// A child of `try_scope!` failed: the first error ends the scope, a later one is traced (R3).
pub(crate) fn failed(owner: &Arc<Owner>, task: Origin, cause: Cause) {
    if let Err(Why::Failed(later, info)) = owner.stop(Why::Failed(cause, task.info())) {
        let mut text = None;
        guarded(owner, task, || text = Some(format!("{later:?}")));
        outranked(&info, text.as_deref());
        guarded(owner, task, || drop(later));
    }
}

/// Traces an error that is not what its scope ends with: another failure has that place. `None` where
/// its `Debug` has panicked.
pub(crate) fn outranked(task: &TaskInfo, error: Option<&str>) {
    let error = error.unwrap_or("(it cannot be printed)");
    if !emit!(WARN, %task, %error, "a further failure in an ending scope") {
        supervision::unheard(|| format!("{task} failed in an ending scope: {error}"));
    }
}

/// A child panicked: the scope will (R4). A payload after the first is traced and dropped. An owner
/// that is no scope isolates it.
pub(crate) fn panicked(owner: &Arc<Owner>, task: Origin, payload: Payload) {
    let task = task.info();
    if !owner.is_lexical() {
        let kind = FailureKind::Panic(Panic::new(payload));
        return supervision::report(owner, Failure::new(kind, task));
    }
    if let Err(later) = owner.panicked(payload, task) {
        discard(&task, later);
    }
}

/// Traces a panic that nobody can be handed, and drops its payload.
pub(crate) fn discard(what: &dyn Display, payload: Payload) {
    let message = panics::message(&*payload).unwrap_or("(no message)");
    emit!(ERROR, %what, message, "a further panic in an ending scope");
    panics::drop_payload(payload);
}

/// Runs code of the user that is not a child itself, such as a destructor; its panic counts as the
/// task's.
pub(crate) fn guarded(owner: &Arc<Owner>, task: Origin, work: impl FnOnce()) {
    if let Err(payload) = panics::catch(work) {
        panicked(owner, task, payload);
    }
}
