//! What can go wrong: failures of tasks, bounds that were reached, owners that have ended.

use std::any::{Any, type_name};
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

use crate::owner::Place;
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::task_name;

/// An error of any type, as supervisors report it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Identifies a task: tokio's own id, as it appears in tokio's tools.
pub type TaskId = tokio::task::Id;

/// Says which task something is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TaskInfo {
    pub(crate) id: Option<TaskId>,
    pub(crate) name: &'static str,
    pub(crate) place: Place,
}

impl TaskInfo {
    /// Returns the task's id; `None` for a task that has not run yet.
    pub fn id(&self) -> Option<TaskId> {
        self.id
    }

    /// Returns the name that the task was given, or else the type name of its future: of the one
    /// that was written, without the boxes, time limits and spans around it.
    pub fn name(&self) -> &'static str {
        task_name::of_type(self.name)
    }

    /// Returns the place in the source where the task was started.
    pub fn location(&self) -> &'static Location<'static> {
        self.place
    }
}

/// Where a task comes from: what a [`TaskInfo`] is made of, for those who come to need one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) place: Place,
    name: Name,
}

#[derive(Clone, Copy, Debug)]
enum Name {
    OfType(fn() -> &'static str),
    Given(&'static str),
}

impl Origin {
    /// Of a task whose future is an `F`.
    pub(crate) fn of<F: ?Sized>(place: Place) -> Self {
        Self { place, name: Name::OfType(type_name::<F>) }
    }

    /// Of a task that was given a name.
    pub(crate) fn named(place: Place, name: &'static str) -> Self {
        Self { place, name: Name::Given(name) }
    }

    /// The task that runs now.
    pub(crate) fn info(self) -> TaskInfo {
        TaskInfo { id: tokio::task::try_id(), ..self.unstarted() }
    }

    /// A task that has not run, and has no id that it could know.
    pub(crate) fn unstarted(self) -> TaskInfo {
        let name = match self.name {
            Name::OfType(name) => name(),
            Name::Given(name) => name,
        };
        TaskInfo { id: None, name, place: self.place }
    }
}

impl Display for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` started at {}", self.name(), self.place)
    }
}

impl Debug for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// Reports that a task did not end well, and which one.
///
/// A supervisor passes it to its [`on_failure`](crate::SupervisorBuilder::on_failure) hook; the
/// handle of an `attempt` yields it. Printed, it names the task, the error and the error's chain of
/// sources, with `: ` in between.
pub struct Failure<E = BoxError> {
    kind: FailureKind<E>,
    task: TaskInfo,
}

/// How a task failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureKind<E = BoxError> {
    /// The task returned this error.
    Error(E),
    /// The task panicked.
    Panic(Panic),
    /// The task was cancelled before it ended.
    Cancelled(CancelReason),
}

impl<E: 'static> Failure<E> {
    /// The task's own error, where it is one that can be asked for its cause.
    pub(crate) fn cause(&self) -> Option<&(dyn Error + 'static)> {
        let error: &dyn Any = self.error()?;
        error.downcast_ref::<BoxError>().map(|error| -> &(dyn Error + 'static) { &**error })
    }
}

impl<E> Failure<E> {
    pub(crate) fn new(kind: FailureKind<E>, task: TaskInfo) -> Self {
        Self { kind, task }
    }

    /// Turns the task's error, if it returned one, into another.
    pub(crate) fn map_error<T>(self, into: impl FnOnce(E) -> T) -> Failure<T> {
        let kind = match self.kind {
            FailureKind::Error(error) => FailureKind::Error(into(error)),
            FailureKind::Panic(panic) => FailureKind::Panic(panic),
            FailureKind::Cancelled(reason) => FailureKind::Cancelled(reason),
        };
        Failure { kind, task: self.task }
    }

    /// Returns how the task failed.
    pub fn kind(&self) -> &FailureKind<E> {
        &self.kind
    }

    /// Turns the failure into its kind, for the error or the payload itself.
    pub fn into_kind(self) -> FailureKind<E> {
        self.kind
    }

    /// Returns which task failed.
    pub fn task(&self) -> &TaskInfo {
        &self.task
    }

    /// Returns the task's error, if it returned one.
    pub fn error(&self) -> Option<&E> {
        match &self.kind {
            FailureKind::Error(error) => Some(error),
            FailureKind::Panic(_) | FailureKind::Cancelled(_) => None,
        }
    }

    /// Returns whether the task panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.kind, FailureKind::Panic(_))
    }

    /// Returns whether the task was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.kind, FailureKind::Cancelled(_))
    }

    /// Returns the message of a panic that was thrown with one.
    pub fn panic_message(&self) -> Option<&str> {
        match &self.kind {
            FailureKind::Panic(panic) => panic.message(),
            FailureKind::Error(_) | FailureKind::Cancelled(_) => None,
        }
    }
}

impl<E: Debug> Debug for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("kind", &self.kind).field("task", &self.task).finish()
    }
}

impl<E: Display + 'static> Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FailureKind::Error(error) => {
                write!(f, "{} failed: ", self.task)?;
                match self.cause() {
                    Some(error) => write!(f, "{}", Chain(error)),
                    // The types that hide their sources show them so: anyhow's and eyre's.
                    None => write!(f, "{error:#}"),
                }
            }
            FailureKind::Panic(panic) => write!(f, "{} panicked{panic}", self.task),
            FailureKind::Cancelled(reason) => write!(f, "{} was cancelled: {reason}", self.task),
        }
    }
}

impl<E: Debug + Display + 'static> Error for Failure<E> {
    /// Returns what the task returned, where that is a [`BoxError`]: to be downcast, and asked for
    /// its own source. [`Display`] has the text of it, and of all below it, already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause()
    }
}

/// Prints an error and its sources, with `: ` in between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

/// How many errors of a chain are printed: one that is its own source has no end.
const CHAIN: usize = 32;

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = self.0;
        for _ in 0..CHAIN {
            write!(f, "{error}")?;
            // A failure that another task passed on has told its sources itself.
            let Some(source) = error.source().filter(|_| !error.is::<Failure>()) else {
                return Ok(());
            };
            f.write_str(": ")?;
            error = source;
        }
        f.write_str("…")
    }
}

/// What a task panicked with.
pub struct Panic {
    /// A payload is only `Send`; the lock makes it shareable.
    payload: Mutex<Payload>,
    message: Option<Box<str>>,
}

impl Panic {
    pub(crate) fn new(payload: Payload) -> Self {
        let message = panics::message(&*payload).map(Into::into);
        Self { payload: Mutex::new(payload), message }
    }

    /// Returns the message, when the panic was thrown with one.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns the payload, as [`std::panic::resume_unwind`] takes it.
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().map_or(Ok(()), |message| write!(f, ": {message}"))
    }
}

impl Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message()).finish()
    }
}

/// Says which bound ended a scope or a shield before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Interrupted {
    /// The time of a `within` was over.
    Elapsed,
    /// The token of a `cancelled_by` was cancelled.
    Cancelled,
    /// The owner above was cancelled, while whoever awaits this goes on.
    Ended,
}

impl Interrupted {
    /// Returns the same as the reason that the destructors of what was cancelled saw.
    pub fn reason(self) -> CancelReason {
        match self {
            Self::Elapsed => CancelReason::Elapsed,
            Self::Cancelled => CancelReason::Token,
            Self::Ended => CancelReason::Dropped,
        }
    }
}

impl Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elapsed => "the time limit elapsed",
            Self::Cancelled => "cancelled by a token",
            Self::Ended => "cancelled by the owner above",
        })
    }
}

impl Error for Interrupted {}

impl From<Interrupted> for io::Error {
    /// A time limit is [`TimedOut`](io::ErrorKind::TimedOut), everything else is
    /// [`Other`](io::ErrorKind::Other).
    fn from(interrupted: Interrupted) -> Self {
        Self::new(
            match interrupted {
                Interrupted::Elapsed => io::ErrorKind::TimedOut,
                // Not `ErrorKind::Interrupted`: std's loops take that for a signal, and try again.
                Interrupted::Cancelled | Interrupted::Ended => io::ErrorKind::Other,
            },
            interrupted,
        )
    }
}

/// A child's error on its way to the scope: as the child returned it, with the way to the scope's
/// type, which is taken where the scope ends. So the scope's own error need not be `Send`.
pub struct Cause(Box<dyn Convert>);

trait Convert: Send {
    fn convert(self: Box<Self>) -> Box<dyn Any>;
    fn debug(&self) -> &dyn Debug;
}

struct Typed<F, E> {
    error: F,
    into: fn(F) -> E,
    _scope: PhantomData<fn() -> E>,
}

impl<F: Debug + Send, E: 'static> Convert for Typed<F, E> {
    fn convert(self: Box<Self>) -> Box<dyn Any> {
        let Self { error, into, .. } = *self;
        Box::new(into(error))
    }

    fn debug(&self) -> &dyn Debug {
        &self.error
    }
}

impl Cause {
    pub(crate) fn new<F: Debug + Send + 'static, E: 'static>(error: F, into: fn(F) -> E) -> Self {
        Self(Box::new(Typed { error, into, _scope: PhantomData }))
    }

    /// The error as the scope's type; `None` when that is another type than it was made for.
    pub(crate) fn into_error<E: 'static>(self) -> Option<E> {
        self.0.convert().downcast().ok().map(|error| *error)
    }
}

impl Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug().fmt(f)
    }
}
