//! An alarm that rings although the runtime's own clock stands still.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Is ready after some time, also when the worker that drives the runtime's timers is stuck in a
/// task: tokio lets the worker that a timer woke run that task itself, and if its poll does not
/// return, no timer fires any more, however many workers are idle (R11).
///
/// A thread sleeps for it, from the first poll until the alarm is dropped.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// `None`: never.
    at: Option<Instant>,
    bell: Option<Arc<Bell>>,
}

#[derive(Debug, Default)]
struct Bell {
    state: Mutex<State>,
    dropped: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waker: Option<Waker>,
    is_dropped: bool,
}

impl Bell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_at(&self, at: Instant) {
        let limit = at.saturating_duration_since(Instant::now());
        let waited = self.dropped.wait_timeout_while(self.state(), limit, |now| !now.is_dropped);
        let waker = waited.unwrap_or_else(PoisonError::into_inner).0.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Alarm {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { at: Instant::now().checked_add(limit), bell: None }
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        if at <= Instant::now() {
            return Poll::Ready(());
        }
        let is_new = self.bell.is_none();
        let bell = self.bell.get_or_insert_default();
        let old = bell.state().waker.replace(cx.waker().clone());
        drop(old);
        if is_new {
            let bell = Arc::clone(bell);
            let sleeper = thread::Builder::new().name("foster-alarm".to_owned());
            // Without a thread there still is the runtime's clock.
            sleeper.spawn(move || bell.ring_at(at)).map(drop).unwrap_or_default();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(bell) = &self.bell {
            bell.state().is_dropped = true;
            bell.dropped.notify_one();
        }
    }
}
