//! Children on tokio's pool of blocking threads.

use std::panic::Location;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::ambient;
use crate::child::Out;
use crate::failure::Origin;
use crate::owner::{Class, Entered, Owner, Place, Registered};
use crate::panics;
use crate::reason::CancelReason;
use crate::settle::{self, Settle};

/// Starts a blocking task.
///
/// # Panics
///
/// Outside of a runtime.
#[track_caller]
pub(crate) fn spawn<F, T, S>(entered: Entered, work: F, settle: S) -> JoinHandle<Out<S::Value>>
where
    F: FnOnce() -> T + Send + 'static,
    S: Settle<T>,
    T: 'static,
{
    let Entered { owner, generation, .. } = entered;
    let mut job = Job { owner: Some(owner), place: Location::caller(), work: Some(work) };
    tokio::task::spawn_blocking(move || job.run(generation, settle))
}

/// A blocking task: leaves its owner also when the runtime drops it unrun.
struct Job<F> {
    owner: Option<Arc<Owner>>,
    place: Place,
    work: Option<F>,
}

impl<F> Job<F> {
    fn run<T, S>(&mut self, generation: u16, mut settle: S) -> Out<S::Value>
    where
        F: FnOnce() -> T,
        S: Settle<T>,
    {
        let class = Class::Foreground;
        let (owner, work) = self.owner.take().zip(self.work.take()).expect("a job runs once");
        // Registered for the reports only: no waker reaches a blocking thread.
        let task = Registered { waker: None, place: self.place };
        let key = owner.register(class, generation, task);
        let (owner, ended) = ambient::with(owner, class, Some(generation), || {
            // Cancelled before it ran: then it never runs, but its captures are dropped here.
            panics::catch(|| {
                if key.is_some() {
                    Some(work())
                } else {
                    drop(work);
                    None
                }
            })
        });
        let task = Origin::of::<F>(self.place);
        let value = match ended {
            Ok(Some(output)) => settle.returned(&owner, task, output),
            Ok(None) => {
                let reason = owner.ended_by(class, generation).unwrap_or(CancelReason::ByHand);
                settle.cancelled(&owner, task, reason)
            }
            Err(payload) => settle.panicked(&owner, task, payload),
        };
        if let Some(key) = key {
            owner.deregister(class, key);
        }
        Out::new::<S, T>(owner, class.side(), value)
    }
}

impl<F> Drop for Job<F> {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            settle::guarded(&owner, Origin::of::<F>(self.place), || drop(self.work.take()));
            owner.leave(Class::Foreground.side());
        }
    }
}
