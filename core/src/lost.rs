//! Failures of attempts whose holder was dropped while it awaited them.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::limit;
use crate::out::Out;
use crate::owner::{Owner, Side};
use crate::supervision;
use crate::sync::Lock;

/// What becomes of a value that nobody takes any more.
type Report<V> = fn(&Arc<Owner>, V);

/// Waits, as the waker of the task, for what that ends with.
struct Watcher<V> {
    join: Lock<Option<JoinHandle<Out<V>>>>,
    report: Report<V>,
    /// Keeps a supervisor open until it has heard the failure: its `join` does not wait for values.
    _held: Option<Held>,
}

/// One count of an owner.
struct Held(Arc<Owner>, Side);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

impl<V: Send + 'static> Watcher<V> {
    fn look(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        loop {
            // Taken out for the poll, so that no lock is held over it.
            let taken = self.join.lock().take();
            let Some(mut join) = taken else {
                return;
            };
            match limit::poll(Pin::new(&mut join), &mut Context::from_waker(&waker)) {
                Poll::Ready(Ok(out)) => return out.lose(self.report),
                Poll::Ready(Err(_)) => return, // the runtime has ended
                Poll::Pending => {}
            }
            // A wake-up that has found nothing may have come since.
            let is_finished = join.is_finished();
            *self.join.lock() = Some(join);
            if !is_finished {
                return;
            }
        }
    }
}

impl<V: Send + 'static> Wake for Watcher<V> {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

/// Has the failure of a scope's attempt reported, if it comes to one, with its error as text.
pub(crate) fn in_scope<T, E>(join: JoinHandle<Out<Result<T, Failure<E>>>>)
where
    T: Send + 'static,
    E: Debug + Send + 'static,
{
    watch(join, report_text, None);
}

/// Has the failure of a supervisor's attempt reported, if it comes to one.
pub(crate) fn in_supervisor<T: Send + 'static>(
    join: JoinHandle<Out<Result<T, Failure>>>,
    owner: &Arc<Owner>,
) {
    let held = owner.enter_shield(Side::Foreground).map(|(owner, side)| Held(owner, side));
    watch(join, report, held);
}

fn watch<V: Send + 'static>(join: JoinHandle<Out<V>>, report: Report<V>, held: Option<Held>) {
    Arc::new(Watcher { join: Lock::new(Some(join)), report, _held: held }).look();
}

/// Whether an attempt's value is a failure that must not be lost; a cancellation is none.
pub(crate) fn is_failure<T, E>(value: &Result<T, Failure<E>>) -> bool {
    value.as_ref().is_err_and(|failure| !failure.is_cancelled())
}

/// Reports the failure that nobody takes any more.
pub(crate) fn report<T>(owner: &Arc<Owner>, value: Result<T, Failure>) {
    if is_failure(&value)
        && let Err(failure) = value
    {
        supervision::report(owner, failure);
    }
}

/// As [`report`], with the error as its text: it need not be an `Error`.
pub(crate) fn report_text<T, E: Debug>(owner: &Arc<Owner>, value: Result<T, Failure<E>>) {
    report(owner, value.map_err(|failure| failure.map_error(|error| format!("{error:?}").into())));
}
