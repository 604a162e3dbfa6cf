//! Spawners: the right to start tasks that someone else owns.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::runtime;

use crate::ambient;
use crate::child;
use crate::closed::Closed;
use crate::failure::{BoxError, Failure};
use crate::handle::Handle;
use crate::owner::Owner;
use crate::policy::{Effect, Isolate, Policy};
use crate::root;
use crate::settle::Launched;
use crate::shield::Shield;
use crate::shutdown::{self, Request};
use crate::supervised;
use crate::supervision;
use crate::task::{Task, Traits};

/// The right to start tasks that a scope or a supervisor owns: `Clone + Send + Sync + 'static`.
///
/// It holds nothing open: once its owner has ended, or is being cancelled, a future is handed back
/// in [`Closed`] (R12). Tasks run in the runtime where the spawner was made.
pub struct Spawner<P = Isolate> {
    owner: Arc<Owner>,
    /// Of the owner; from a plain thread there is no other.
    runtime: Option<runtime::Handle>,
    _policy: PhantomData<fn() -> P>,
}

impl<P> Spawner<P> {
    pub(crate) fn new(owner: Arc<Owner>) -> Self {
        Self { owner, runtime: runtime::Handle::try_current().ok(), _policy: PhantomData }
    }

    /// Returns how many tasks the owner has.
    pub fn live(&self) -> usize {
        self.owner.live()
    }
}

impl<P: Policy + 'static> Spawner<P> {
    /// Starts a task for its effect, as the owner's own `launch` does.
    ///
    /// # Errors
    ///
    /// Hands the future back when the owner has ended or is being cancelled.
    ///
    /// # Panics
    ///
    /// Panics when neither the spawner's making nor this call is inside of a tokio runtime.
    #[track_caller]
    pub fn launch<F>(&self, future: F) -> Result<(), Closed<F>>
    where
        F: Future<Output: Effect<P>> + Send + 'static,
    {
        self.launch_as(Traits::default(), future)
    }

    #[track_caller]
    pub(crate) fn launch_as<F>(&self, traits: Traits, future: F) -> Result<(), Closed<F>>
    where
        F: Future<Output: Effect<P>> + Send + 'static,
    {
        let Some(entered) = self.owner.enter_from_outside() else {
            return Err(Closed::new(future));
        };
        let runtime = self.runtime.as_ref();
        if P::ISOLATES {
            supervised::launch::<F, P>(entered, future, traits, runtime);
        } else {
            let settle = Launched(PhantomData::<fn() -> P>);
            drop(child::spawn(entered, future, settle, runtime));
        }
        Ok(())
    }
}

impl Spawner {
    /// Returns the right to start tasks in the innermost owner around this code (R8): that one
    /// waits for them. An `Err` goes to the nearest supervisor; a panic follows R4.
    ///
    /// # Panics
    ///
    /// Panics outside of both foster and a tokio runtime: then there is no owner.
    #[track_caller]
    pub fn current() -> Self {
        let owner = ambient::owner().or_else(root::current_owner);
        Self::new(
            owner.expect("no owner: `Spawner::current` was called outside of a tokio runtime"),
        )
    }

    /// Starts a task whose value, failure or panic is the handle's.
    ///
    /// # Errors
    ///
    /// As [`launch`](Self::launch).
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch).
    #[track_caller]
    pub fn attempt<T, E, F>(
        &self,
        future: F,
    ) -> Result<Handle<'static, Result<T, Failure>>, Closed<F>>
    where
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.attempt_as(Traits::default(), future)
    }

    #[track_caller]
    pub(crate) fn attempt_as<T, E, F>(
        &self,
        traits: Traits,
        future: F,
    ) -> Result<Handle<'static, Result<T, Failure>>, Closed<F>>
    where
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let Some(entered) = self.owner.enter_from_outside() else {
            return Err(Closed::new(future));
        };
        Ok(supervised::attempt(entered, future, traits, self.runtime.as_ref()))
    }

    /// Runs a function on the pool of blocking threads, as
    /// [`Supervisor::spawn_blocking`](crate::Supervisor::spawn_blocking); also from a plain thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use foster::Supervisor;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sup = Supervisor::builder("shop").build();
    /// let spawner = sup.spawner();
    /// let price = spawner.spawn_blocking(|| "12".parse::<u32>()).expect("it is open");
    /// assert_eq!(price.await.unwrap(), 12);
    /// sup.shutdown().await;
    /// let closed = spawner.spawn_blocking(|| "13".parse::<u32>()).unwrap_err();
    /// assert_eq!(closed.into_inner()(), Ok(13), "it is handed back");
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Hands the function back when the owner has ended or is being cancelled.
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch), and when tokio has no thread for it and cannot start one.
    #[track_caller]
    pub fn spawn_blocking<F, T, E>(
        &self,
        work: F,
    ) -> Result<Handle<'static, Result<T, Failure>>, Closed<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<BoxError> + Send + 'static,
    {
        let Some(entered) = self.owner.enter_from_outside() else {
            return Err(Closed::new(work));
        };
        Ok(supervised::attempt_blocking(entered, work, self.runtime.as_ref()))
    }

    /// Starts to configure a task; its name appears in events and reports.
    pub fn task(&self, name: &'static str) -> Task<'_> {
        Task::new(self, name)
    }

    /// Makes a [`Shield`] that this spawner's owner owns; once that has ended, the next living
    /// one above.
    #[track_caller]
    pub fn shield<F>(&self, future: F) -> Shield<F>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        Shield::owned_by(Arc::clone(&self.owner), self.runtime.clone(), future)
    }

    /// Requests shutdown of the nearest supervisor; a second request skips to the next rung of its
    /// ladder (R11). Nothing where there is no supervisor.
    pub fn shutdown(&self) {
        let supervisor = supervision::nearest(&self.owner);
        if let Some(supervision) =
            supervisor.as_ref().and_then(|owner| owner.supervision.as_deref())
        {
            supervision.request();
        }
    }

    /// Waits until shutdown of the nearest supervisor, or of one above it, is requested; for ever
    /// where there is none. The future is `'static`.
    ///
    /// # Cancel safety
    ///
    /// Loses nothing: the request stays.
    pub fn shutdown_requested(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        Request::to(Some(Arc::clone(&self.owner)))
    }

    /// Returns whether shutdown of the nearest supervisor, or of one above it, was requested.
    pub fn is_shutting_down(&self) -> bool {
        shutdown::is_requested(&self.owner)
    }
}

impl<P> Clone for Spawner<P> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner), runtime: self.runtime.clone(), _policy: PhantomData }
    }
}

impl<P> fmt::Debug for Spawner<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawner").field("live", &self.live()).finish_non_exhaustive()
    }
}
