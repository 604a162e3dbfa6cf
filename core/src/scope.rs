//! `Scope`: what a body starts its children with.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::blocking;
use crate::child;
use crate::failure::Failure;
use crate::handle::Handle;
use crate::interleave::Queue;
use crate::owner::{Class, Entered, Owner};
use crate::policy::{Effect, Outcome, Policy};
use crate::settle::{Attempted, Launched, Spawned};
use crate::spawner::Spawner;

const ENDED: &str = "this scope has ended: it was swapped out of its body, or its owner ended it";

/// What an [`attempt`](Scope::attempt) in a scope of the policy `P` yields, for the output `O`.
type Attempt<O, P> = Result<<O as Outcome<P>>::Value, Failure<<O as Outcome<P>>::Error>>;

/// Starts children that the scope owns; the body of `scope!` and `try_scope!` gets it by `&mut`.
///
/// The scope does not end before its children (R1). Children run in parallel, as tokio tasks, and
/// so must be `Send + 'static`; only [`interleave`](Self::interleave) takes a future that borrows.
///
/// # Soundness
///
/// Rust cannot give a task a borrow from its starter: whoever holds a scope future can
/// `mem::forget` it, and the borrow would end while the task runs on. So foster does not offer
/// parallel *and* borrowing. Forgetting a scope future is safe: its tasks own what they use, and
/// the owner above cancels them and waits for them before it ends.
pub struct Scope<'env, P> {
    owner: Arc<Owner>,
    /// There when the macro saw that the body may interleave.
    queue: Option<Arc<Queue<'env>>>,
    /// Invariant: an `'env` that shrank would let `interleave` take a borrow of the body's own.
    _env: PhantomData<fn(&'env ()) -> &'env ()>,
    _policy: PhantomData<fn() -> P>,
}

impl<'env, P: Policy + 'static> Scope<'env, P> {
    pub(crate) fn new(owner: Arc<Owner>, queue: Option<Arc<Queue<'env>>>) -> Self {
        Self { owner, queue, _env: PhantomData, _policy: PhantomData }
    }

    /// Spawns a task and returns the handle to its value.
    ///
    /// Under `scope!` the handle yields the task's output. Under `try_scope!` the output is a
    /// `Result`: the handle yields the value of an `Ok`, and an `Err` ends the scope.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sum = foster::scope!(|s| {
    ///     let a = s.spawn(async { 1 });
    ///     let b = s.spawn(async { 2 });
    ///     a.await + b.await
    /// }).await;
    /// assert_eq!(sum, 3);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime, and on a scope that was swapped out of its body.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Handle<'_, <F::Output as Outcome<P>>::Value>
    where
        F: Future<Output: Outcome<P>> + Send + 'static,
    {
        let entered = self.enter(Class::Foreground);
        let settle = Spawned(PhantomData::<fn() -> P>);
        let join = child::spawn(entered, future, settle, None);
        Handle::new(join, &self.owner)
    }

    /// Spawns a task whose failure or panic stays in the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let page: Result<String, std::io::Error> = foster::try_scope!(|s| {
    ///     let extra = s.attempt(async { Err::<u32, _>(std::io::Error::other("not today")) });
    ///     Ok(match extra.await {
    ///         Ok(extra) => format!("with {extra}"),
    ///         Err(failure) => format!("without: {}", failure.error().expect("it did not panic")),
    ///     })
    /// }).await;
    /// assert_eq!(page.unwrap(), "without: not today");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn attempt<F>(&self, future: F) -> Handle<'_, Attempt<F::Output, P>>
    where
        F: Future<Output: Outcome<P>> + Send + 'static,
    {
        let entered = self.enter(Class::Foreground);
        let settle = Attempted(PhantomData::<fn() -> P>);
        let join = child::spawn(entered, future, settle, None);
        Handle::of_attempt(join, &self.owner)
    }

    /// Starts a task for its effect.
    ///
    /// Its output is `()`, under `try_scope!` also `Result<(), _>`; or it never returns.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn launch<F>(&self, future: F)
    where
        F: Future<Output: Effect<P>> + Send + 'static,
    {
        let entered = self.enter(Class::Foreground);
        let settle = Launched(PhantomData::<fn() -> P>);
        drop(child::spawn(entered, future, settle, None));
    }

    /// Starts a helper: a task that is cancelled once the body and every other child have ended.
    ///
    /// A body that waits for a channel whose sender a helper holds never ends: the helper ends
    /// after it.
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn background<F>(&self, future: F)
    where
        F: Future<Output: Effect<P>> + Send + 'static,
    {
        let entered = self.enter(Class::Background);
        let settle = Launched(PhantomData::<fn() -> P>);
        drop(child::spawn(entered, future, settle, None));
    }

    /// Runs a function on tokio's pool of blocking threads.
    ///
    /// It cannot be cancelled once it runs: the scope waits for it. It can ask
    /// [`is_cancelled`](crate::is_cancelled). When it is cancelled before, in the queue of a pool that
    /// is busy, it never runs, and leaves the scope at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sum = foster::scope!(|s| {
    ///     let slow = s.spawn_blocking(|| (1..=100).sum::<u32>());
    ///     slow.await
    /// }).await;
    /// assert_eq!(sum, 5050);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn); and with tokio's panic when it has no thread for it and cannot start
    /// one.
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, work: F) -> Handle<'_, T::Value>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Outcome<P>,
    {
        let entered = self.enter(Class::Foreground);
        let settle = Spawned(PhantomData::<fn() -> P>);
        Handle::of_blocking(blocking::spawn(entered, work, settle, None), &self.owner)
    }

    /// Runs a future on the scope's own task, concurrently with the body: so it may borrow what
    /// the body may borrow, also by `&mut`.
    ///
    /// It starts when the body is suspended for the first time after this, or has ended well. It is
    /// much cheaper than a task, and never runs in parallel. All of a scope's share the budget of one
    /// task (tokio's `coop`), in turns.
    ///
    /// # Panics
    ///
    /// Panics when the scope reached this call in a way that the macro could not see: a scope is
    /// prepared for it when its body mentions `interleave`, or hands the scope on.
    #[track_caller]
    pub fn interleave<F>(&self, future: F)
    where
        F: Future<Output: Effect<P>> + Send + 'env,
    {
        assert!(!self.owner.is_closed(), "{ENDED}");
        let queue = self.queue.as_ref().expect("the scope's body never mentions `interleave`");
        self.owner.note_start();
        queue.push(Arc::clone(&self.owner), Location::caller(), future);
    }

    /// Cancels all children and waits until they are gone; the body goes on.
    ///
    /// No handle may be alive, which the `&mut` ensures. Interleaved children are dropped; shields,
    /// blocking work and what dropped scopes left behind are waited for. Launches by
    /// [`Spawner`]s are handed back meanwhile; what is started after it lives.
    ///
    /// # Cancel safety
    ///
    /// The children are cancelled at the first poll. Dropping the call after that only stops
    /// waiting.
    pub async fn cancel_children(&mut self) {
        let _drained = Drained::cancel(&self.owner);
        if let Some(queue) = &self.queue {
            let cleared = |cx: &mut Context<'_>| queue.clear(cx.waker());
            poll_fn(|cx| if cleared(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
        }
        self.owner.generation_ended().await;
    }

    /// Returns a right to launch into this scope, also from its children.
    ///
    /// It holds nothing open: once the body and the foreground have ended, launches are refused.
    pub fn spawner(&self) -> Spawner<P> {
        Spawner::new(Arc::clone(&self.owner))
    }

    /// Returns how many children are alive, interleaved ones excepted.
    ///
    /// A value that waits in its handle and needs to be dropped counts as its child (R1).
    pub fn live(&self) -> usize {
        self.owner.live()
    }

    #[track_caller]
    fn enter(&self, class: Class) -> Entered {
        let entered = self.owner.enter(class);
        entered.expect(ENDED)
    }
}

impl<P> fmt::Debug for Scope<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("name", &self.owner.name())
            .field("live", &self.owner.live())
            .finish()
    }
}

/// Ends the draining of `cancel_children`, also when that is dropped.
struct Drained<'a>(&'a Owner);

impl<'a> Drained<'a> {
    fn cancel(owner: &'a Owner) -> Self {
        owner.cancel_generation();
        Self(owner)
    }
}

impl Drop for Drained<'_> {
    fn drop(&mut self) {
        self.0.drained();
    }
}
