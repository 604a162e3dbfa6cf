//! Tasks with a name and a grace of their own.

use std::fmt;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::ambient;
use crate::closed::Closed;
use crate::failure::{BoxError, Failure, Origin};
use crate::handle::Handle;
use crate::limit;
use crate::owner::{Class, Entered, Owner, Place, Tag};
use crate::panics::{self, Payload};
use crate::policy::{Effect, Isolate};
use crate::reason::CancelReason;
use crate::settle::Settle;
use crate::spawner::Spawner;
use crate::supervised;
use crate::supervision;
use crate::supervisor::Supervisor;

/// Configures a task before it starts: its name, and how long a shutdown lets it run.
///
/// Made by [`Supervisor::task`] and [`Spawner::task`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use foster::Supervisor;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let sup = Supervisor::builder("shop").build();
/// // Has nothing to finish: it need not be waited for.
/// sup.task("ticker").grace(Duration::ZERO).launch(std::future::pending::<()>());
/// // May finish its batch although the others are cancelled after five seconds.
/// sup.task("indexer").grace(Duration::from_secs(20)).launch(async {
///     tokio::time::sleep(Duration::from_secs(15)).await;
/// });
/// let report = sup.shutdown().await;
/// assert_eq!((report.finished, report.cancelled), (1, 1));
/// # }
/// ```
#[must_use = "a task starts with `launch` or `attempt`"]
pub struct Task<'a, O = Spawner> {
    owner: &'a O,
    traits: Traits,
}

/// What a task is given beside its future.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    pub(crate) name: Option<&'static str>,
    pub(crate) grace: Option<Duration>,
}

impl Traits {
    pub(crate) fn is_plain(self) -> bool {
        self.name.is_none() && self.grace.is_none()
    }

    /// A task that has these, and whose future is an `F`.
    pub(crate) fn task<F>(self, place: Place) -> Origin {
        self.name.map_or_else(|| Origin::of::<F>(place), |name| Origin::named(place, name))
    }
}

impl<'a, O> Task<'a, O> {
    pub(crate) fn new(owner: &'a O, name: &'static str) -> Self {
        Self { owner, traits: Traits { name: Some(name), grace: None } }
    }

    /// Sets how long the task may take to end by itself once shutdown is requested, in place of
    /// the supervisor's own grace; it counts from the start of a task that starts later. With
    /// [`Duration::ZERO`] it is cancelled at once.
    ///
    /// Only one that is longer than the supervisor's lets it run on when the others are cancelled:
    /// until it is over, until the last rung, or until a second request, whichever is first (R11).
    /// A lexical scope that owns it is not held by it: what cancels that cancels the task.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.traits.grace = Some(grace);
        self
    }
}

impl Task<'_, Supervisor> {
    /// Starts the task for its effect, as [`Supervisor::launch`].
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[track_caller]
    pub fn launch<F>(self, future: F)
    where
        F: Future<Output: Effect<Isolate>> + Send + 'static,
    {
        supervised::launch::<F, Isolate>(self.owner.enter(), future, self.traits, None);
    }

    /// Starts the task for its value, as [`Supervisor::attempt`].
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch).
    #[track_caller]
    pub fn attempt<T, E, F>(self, future: F) -> Handle<'static, Result<T, Failure>>
    where
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        supervised::attempt(self.owner.enter(), future, self.traits, None)
    }
}

impl Task<'_, Spawner> {
    /// Starts the task for its effect, as [`Spawner::launch`].
    ///
    /// # Errors
    ///
    /// Hands the future back when the owner has ended or is being cancelled.
    ///
    /// # Panics
    ///
    /// As [`Spawner::launch`].
    #[track_caller]
    pub fn launch<F>(self, future: F) -> Result<(), Closed<F>>
    where
        F: Future<Output: Effect<Isolate>> + Send + 'static,
    {
        self.owner.launch_as(self.traits, future)
    }

    /// Starts the task for its value, as [`Spawner::attempt`].
    ///
    /// # Errors
    ///
    /// As [`launch`](Self::launch).
    ///
    /// # Panics
    ///
    /// As [`Spawner::launch`].
    #[track_caller]
    pub fn attempt<T, E, F>(
        self,
        future: F,
    ) -> Result<Handle<'static, Result<T, Failure>>, Closed<F>>
    where
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.owner.attempt_as(self.traits, future)
    }
}

impl<O> fmt::Debug for Task<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.traits).finish()
    }
}

/// Whether a task outlasts the cancel rung of the ladder that ends it.
pub(crate) fn outlasts(owner: &Owner, grace: Option<Duration>) -> bool {
    let supervision = owner.supervision.as_deref();
    supervision.zip(grace).is_some_and(|(supervision, grace)| grace > supervision.grace)
}

/// Makes a task ready to be started with a grace of its own.
pub(crate) fn graceful<F, S>(
    mut entered: Entered,
    future: F,
    settle: S,
    traits: Traits,
) -> (Entered, Graceful<F>, Lasting<S>) {
    let outlasts = outlasts(&entered.owner, traits.grace);
    if outlasts {
        entered.tag = Tag::new(Class::Shield, entered.tag.generation());
    }
    let due = Box::pin(due(Arc::clone(&entered.owner), traits.grace, Hurry::Yes));
    (entered, Graceful::new(future, due), Lasting { settle, name: traits.name, outlasts })
}

/// Whether a second request ends a task that has a grace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hurry {
    Yes,
    /// A shield: R7.
    No,
}

/// Waits until a task's own grace is over.
pub(crate) async fn due(owner: Arc<Owner>, grace: Option<Duration>, hurry: Hurry) -> CancelReason {
    let supervisor = supervision::nearest(&owner);
    let supervision = supervisor.as_ref().and_then(|owner| owner.supervision.as_deref());
    let (Some(supervision), Some(grace)) = (supervision, grace) else {
        return pending().await;
    };
    let mut progress = supervision.progress();
    let mut over = pin!(async {
        supervision.rung(1).cancelled().await;
        tokio::time::sleep(grace).await;
    });
    // The second request; a third one has the ladder force what is left, and name it.
    let mut hurried = pin!(progress.wait_for(|now| now.wanted == 2 || now.dropped));
    poll_fn(|cx| {
        if hurry == Hurry::Yes && hurried.as_mut().poll(cx).is_ready() {
            return Poll::Ready(owner.reason().unwrap_or(CancelReason::Shutdown));
        }
        over.as_mut().poll(cx).map(|()| CancelReason::Shutdown)
    })
    .await
}

type Due = Pin<Box<dyn Future<Output = CancelReason> + Send>>;

pin_project! {
    /// A future that is dropped when it is due.
    pub(crate) struct Graceful<F> {
        #[pin]
        future: Option<F>,
        due: Due,
    }
}

/// A task's own grace was over.
#[derive(Debug)]
pub(crate) struct Stopped {
    reason: CancelReason,
    /// Of a destructor.
    panic: Option<Payload>,
}

impl<F> Graceful<F> {
    pub(crate) fn new(future: F, due: Due) -> Self {
        Self { future: Some(future), due }
    }
}

impl<F: Future> Future for Graceful<F> {
    type Output = Result<F::Output, Stopped>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            return Poll::Ready(Ok(output));
        }
        limit::poll(this.due.as_mut(), cx).map(|reason| {
            let drop_future = || panics::catch(|| this.future.set(None));
            let dropped = ambient::while_ending(reason, drop_future);
            Err(Stopped { reason, panic: dropped.err() })
        })
    }
}

/// Settles a [`Graceful`] as `S` settles the future in it.
#[derive(Debug)]
pub(crate) struct Lasting<S> {
    settle: S,
    name: Option<&'static str>,
    outlasts: bool,
}

impl<S> Lasting<S> {
    /// Around a shield's, which names its task itself.
    pub(crate) fn shield(settle: S) -> Self {
        Self { settle, name: None, outlasts: false }
    }

    fn named(&self, task: Origin) -> Origin {
        self.name.map_or(task, |name| Origin::named(task.place, name))
    }
}

impl<O, S: Settle<O>> Settle<Result<O, Stopped>> for Lasting<S> {
    type Value = S::Value;

    const OWNED: bool = S::OWNED;

    fn is_failure(value: &S::Value) -> bool {
        S::is_failure(value)
    }

    fn lose(owner: &Arc<Owner>, value: S::Value) {
        S::lose(owner, value);
    }

    fn refused(&mut self, owner: &Arc<Owner>) {
        self.settle.refused(owner);
    }

    fn returned(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        output: Result<O, Stopped>,
    ) -> Option<S::Value> {
        let task = self.named(task);
        match output {
            Ok(output) => self.settle.returned(owner, task, output),
            Err(Stopped { reason, panic }) => {
                self.settle.stopped(owner, task, reason);
                match panic {
                    None => self.settle.cancelled(owner, task, reason),
                    Some(payload) => self.settle.panicked(owner, task, payload),
                }
            }
        }
    }

    fn stopped(&mut self, owner: &Arc<Owner>, task: Origin, reason: CancelReason) {
        let task = self.named(task);
        if self.outlasts && reason == CancelReason::Shutdown {
            supervision::forced(owner, task.info());
        }
        self.settle.stopped(owner, task, reason);
    }

    fn panicked(&mut self, owner: &Arc<Owner>, task: Origin, payload: Payload) -> Option<S::Value> {
        self.settle.panicked(owner, self.named(task), payload)
    }

    fn cancelled(
        &mut self,
        owner: &Arc<Owner>,
        task: Origin,
        reason: CancelReason,
    ) -> Option<S::Value> {
        self.settle.cancelled(owner, self.named(task), reason)
    }
}
