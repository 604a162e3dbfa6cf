//! Supervisors: scopes that stay open.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::ambient;
use crate::failure::{BoxError, Failure};
use crate::handle::Handle;
use crate::ladder;
use crate::owner::{Class, Entered, Owner};
use crate::policy::{Effect, Isolate};
use crate::realm;
use crate::reason;
use crate::report::Report;
use crate::root;
use crate::shield::Shield;
use crate::spawner::Spawner;
use crate::supervised;
use crate::supervision::{self, Supervision};
use crate::task::{Task, Traits};

/// Owns tasks from its start to a shutdown: a service's workers, connections and shielded writes.
///
/// A task's failure or panic harms nobody else: it is reported once, through
/// [`on_failure`](SupervisorBuilder::on_failure) or else as one `tracing` event, and not kept (R3).
/// A supervisor is one value, and not `Clone`; the right to start tasks in it is a
/// [`Spawner`], which is.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use foster::Supervisor;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sup = Supervisor::builder("shop").grace(Duration::from_secs(5)).build();
/// let spawner = sup.spawner();
/// sup.launch(async move {
///     spawner.shutdown_requested().await; // then finish what is left to do
/// });
/// let report = sup.run_until(async { /* a signal */ }).await;
/// assert!(report.is_clean());
/// assert_eq!(report.finished, 1);
/// # }
/// ```
///
/// # Drop
///
/// Dropping a supervisor cancels its tasks and passes them to the next living owner, which waits
/// for them (R2). No grace: to have one, [`shutdown`](Self::shutdown).
#[must_use = "a dropped supervisor cancels its tasks: end it with `run_until`, `join` or `shutdown`"]
pub struct Supervisor {
    owner: Arc<Owner>,
}

/// Configures a [`Supervisor`].
#[must_use = "a builder does nothing before `build`"]
pub struct SupervisorBuilder {
    supervision: Supervision,
}

impl SupervisorBuilder {
    /// Sets how long tasks may take to end by themselves, once shutdown is requested. Default: 5 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.supervision.grace = grace;
        self
    }

    /// Sets how long tasks may take to end once they are cancelled, shields included. Default: 30 s.
    ///
    /// The last tenth of it, at most 100 ms, is for what shields leave behind when they are forced.
    /// Also without any time, each task can be polled once after it was cancelled, and once after it
    /// was forced: only what does not come back from a poll is abandoned.
    pub fn cancel_within(mut self, limit: Duration) -> Self {
        self.supervision.cancel_within = limit;
        self
    }

    /// Sets what is called for each failure and panic, in place of a `tracing` event.
    ///
    /// It runs on the task that failed, before that task leaves the supervisor. A panic in it is
    /// traced and harms nobody.
    pub fn on_failure(mut self, hook: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        self.supervision.on_failure = Some(Box::new(hook));
        self
    }

    /// Makes the supervisor. Its parent, for bequest and shutdown requests, is the ambient owner.
    #[track_caller]
    pub fn build(self) -> Supervisor {
        let supervisor = self.build_unlinked();
        supervisor.owner.link_supervisor();
        realm::follow(&supervisor.owner);
        supervisor
    }

    /// As `build`, for one that no other supervisor answers for.
    #[track_caller]
    pub(crate) fn build_unlinked(self) -> Supervisor {
        // Outside of foster the root stands above, and is fixed here: the drop may be elsewhere.
        let (parent, class) =
            ambient::current().unwrap_or_else(|| (root::heir(), Class::Foreground));
        let supervision = self.supervision.below(&parent);
        let owner = Owner::new(Location::caller(), Some(Box::new(supervision)));
        owner.set_parent(parent, class);
        Supervisor { owner }
    }

    /// As that, for the supervisor that answers for all that belongs to this runtime's root, and to no
    /// other's.
    pub(crate) fn build_chief(self) -> Supervisor {
        let supervisor = self.build_unlinked();
        if let Some(root) = supervisor.owner.parent_owner() {
            root.set_chief(&supervisor.owner);
        }
        supervisor
    }
}

impl fmt::Debug for SupervisorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SupervisorBuilder").field(&self.supervision).finish()
    }
}

impl Supervisor {
    /// Starts to configure a supervisor; its name appears in traces and reports.
    pub fn builder(name: impl Into<String>) -> SupervisorBuilder {
        SupervisorBuilder { supervision: Supervision::new(name.into()) }
    }

    /// Starts a task for its effect: it outputs `()` or a `Result<(), E>` with
    /// `E: Into<BoxError>`, or never returns.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[track_caller]
    pub fn launch<F>(&self, future: F)
    where
        F: Future<Output: Effect<Isolate>> + Send + 'static,
    {
        supervised::launch::<F, Isolate>(self.enter(), future, Traits::default(), None);
    }

    /// Starts a task whose value, failure or panic is the handle's, and not also reported.
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch).
    #[track_caller]
    pub fn attempt<T, E, F>(&self, future: F) -> Handle<'static, Result<T, Failure>>
    where
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        supervised::attempt(self.enter(), future, Traits::default(), None)
    }

    /// Runs a function on tokio's pool of blocking threads; its value, failure or panic is the
    /// handle's, and not also reported.
    ///
    /// A shutdown cannot end it once it runs: it is waited for as long as the ladder waits (R11), and
    /// may ask [`is_cancelled`](crate::is_cancelled). Before that, it leaves when it is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use foster::Supervisor;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sup = Supervisor::builder("shop").build();
    /// let price = sup.spawn_blocking(|| "12".parse::<u32>());
    /// assert_eq!(price.await.unwrap(), 12);
    /// let report = sup.join().await;
    /// assert_eq!(report.finished, 1);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch), and when tokio has no thread for it and cannot start one.
    #[track_caller]
    pub fn spawn_blocking<F, T, E>(&self, work: F) -> Handle<'static, Result<T, Failure>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
    {
        supervised::attempt_blocking(self.enter(), work, None)
    }

    /// Starts to configure a task; its name appears in events and reports.
    pub fn task(&self, name: &'static str) -> Task<'_, Self> {
        Task::new(self, name)
    }

    /// Makes a [`Shield`] that this supervisor owns.
    #[track_caller]
    pub fn shield<F>(&self, future: F) -> Shield<F>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        Shield::owned_by(Arc::clone(&self.owner), None, future)
    }

    /// Returns the right to start tasks in this supervisor.
    pub fn spawner(&self) -> Spawner {
        Spawner::new(Arc::clone(&self.owner))
    }

    /// Returns how many tasks are alive.
    pub fn live(&self) -> usize {
        self.owner.live()
    }

    /// Stays open until `end` is ready or a [`Spawner`] requests shutdown; then runs the ladder
    /// (R11).
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the supervisor.
    pub async fn run_until(self, end: impl Future) -> Report {
        ladder::requested(&self.owner, end).await;
        self.shutdown().await
    }

    /// Waits until no task is left; or, once shutdown is requested, runs the ladder.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the supervisor.
    pub async fn join(self) -> Report {
        ladder::join(&self.owner).await
    }

    /// Runs the ladder now: requested, grace, cancel, bounded wait, report (R11).
    ///
    /// Its bounds hold also in a runtime whose time is not enabled, or whose clock is stuck.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the supervisor.
    pub async fn shutdown(self) -> Report {
        ladder::run(&self.owner).await
    }

    #[track_caller]
    pub(crate) fn enter(&self) -> Entered {
        self.owner.enter(Class::Foreground).expect("only the ladder closes it, and takes the value")
    }

    pub(crate) fn owner(&self) -> &Arc<Owner> {
        &self.owner
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if self.owner.is_done() {
            self.owner.lift_supervisors();
        } else {
            self.owner.cancel(reason::of_drop());
            if let Some(supervision) = &self.owner.supervision {
                supervision.note_drop();
            }
            self.owner.bequeath();
            supervision::pass_on_forced(&self.owner);
        }
        self.owner.unlink_supervisor(); // last: who looks for it finds it here, or with its heir
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("supervision", &self.owner.supervision)
            .field("live", &self.owner.live())
            .finish()
    }
}
