//! Handles: the right to one child's value.

use std::fmt;
use std::marker::PhantomData;
use std::mem::needs_drop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::task::JoinHandle;

use crate::blocking::{Started, Withdraw};
use crate::child::Out;
use crate::failure::TaskId;
use crate::owner::Owner;

/// Yields the value of one child when awaited.
///
/// A handle is branded with the borrow of its scope: it cannot leave the body, move into a task or
/// be alive across [`cancel_children`](crate::Scope::cancel_children). One from
/// [`Supervisor::attempt`](crate::Supervisor::attempt) is `'static` and goes anywhere.
///
/// It yields a value only: when the child fails, the scope fails, and the body that awaits the
/// handle is dropped.
///
/// # Cancel safety
///
/// Awaiting `&mut handle` in a `select!` loses nothing: the value stays until it is yielded.
///
/// # Panics
///
/// Awaiting it panics when the child's runtime was shut down while the scope goes on in another.
/// Blocking on it inside the body (`block_on(handle)`) is a deadlock when the child fails: the
/// body cannot be dropped while it blocks.
///
/// # Drop
///
/// Dropping a handle stops nothing: the scope still owns the child and awaits it, and a value that
/// nobody takes is dropped before the scope ends (R1).
#[must_use = "a handle that nobody awaits loses its child's value: use `launch` to run for effect"]
pub struct Handle<'s, T> {
    join: JoinHandle<Out<T>>,
    /// The child has ended without a value.
    ended: bool,
    /// The scope, `None` when a supervisor owns the child.
    scope: Option<&'s Owner>,
    /// Of a child that blocks: an abort would lose what a thread runs.
    job: Option<Arc<dyn Withdraw>>,
    _brand: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl<'s, T> Handle<'s, T> {
    pub(crate) fn new(join: JoinHandle<Out<T>>, scope: Option<&'s Owner>) -> Self {
        if let Some(scope) = scope.filter(|_| needs_drop::<T>()) {
            scope.add_handle();
        }
        Self { join, ended: false, scope, job: None, _brand: PhantomData }
    }

    /// Of a child that blocks.
    pub(crate) fn of_blocking(started: Started<T>, scope: Option<&'s Owner>) -> Self {
        let Started { join, job } = started;
        let mut handle = Self::new(join, scope);
        handle.job = Some(job);
        handle
    }

    /// Cancels the child and waits until it is gone; yields its value when it had ended before.
    ///
    /// What the child leaves behind, tasks of scopes that it was in, is waited for by the scope. Blocking
    /// work that runs cannot be cancelled: it is waited for, and its value is yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// foster::scope!(|s| {
    ///     let slow = s.spawn(std::future::pending::<u32>());
    ///     assert_eq!(slow.cancel().await, None);
    /// }).await;
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The child is cancelled at the first poll. Dropping the call after that only stops waiting.
    pub async fn cancel(mut self) -> Option<T> {
        if self.ended {
            return None;
        }
        let never_ran = if let Some(job) = &self.job {
            job.withdraw()
        } else {
            self.join.abort();
            false
        };
        let ended = (&mut self.join).await;
        ended.ok().filter(|_| !never_ran).and_then(Out::take)
    }

    /// Returns whether the child has ended, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.join.is_finished()
    }

    /// Returns the child's id.
    pub fn id(&self) -> TaskId {
        self.join.id()
    }
}

impl<T> Future for Handle<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if self.ended {
            return Poll::Pending;
        }
        match ready!(Pin::new(&mut self.join).poll(cx)).map(Out::take) {
            Ok(Some(value)) => return Poll::Ready(value),
            Ok(None) => {}
            Err(_) => {
                let ending = self.scope.is_some_and(Owner::is_cancelled);
                assert!(ending, "the runtime of this child was shut down before the child ended");
            }
        }
        // Without a value, so the scope is ending, and with it this handle's holder.
        self.ended = true;
        Poll::Pending
    }
}

impl<T> Drop for Handle<'_, T> {
    fn drop(&mut self) {
        if let Some(scope) = self.scope.filter(|_| needs_drop::<T>()) {
            scope.remove_handle();
        }
    }
}

impl<T> fmt::Debug for Handle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish()
    }
}
