//! Timers that go off although the runtime's own clock stands still.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::{self, Sleep};

use crate::limit;
use crate::panics;

/// A time limit that is kept although the runtime's own clock stands still, or has ended.
#[derive(Debug)]
pub(crate) struct Timer {
    /// `None` where there is no clock of tokio's.
    sleep: Option<Pin<Box<Sleep>>>,
    alarm: Alarm,
    /// Whether real time counts even where tokio's clock is paused.
    is_real: bool,
}

impl Timer {
    pub(crate) fn after(limit: Duration) -> Self {
        let sleep = panics::catch(|| Box::pin(time::sleep(limit)));
        let sleep = sleep.map_err(panics::drop_payload).ok();
        Self { sleep, alarm: Alarm::after(limit), is_real: false }
    }

    /// As that, but by the clock that is first: one that is paused stands still while a thread blocks.
    pub(crate) fn at_most(limit: Duration) -> Self {
        Self { is_real: true, ..Self::after(limit) }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sleep, alarm, is_real } = &mut *self;
        if let Some(clock) = sleep {
            // tokio's panics when its runtime has ended.
            match panics::catch(|| limit::poll(clock.as_mut(), cx)) {
                Ok(Poll::Ready(())) => return Poll::Ready(()),
                Ok(Poll::Pending) => {}
                Err(payload) => {
                    panics::drop_payload(payload);
                    *sleep = None;
                }
            }
        }
        // A clock that is paused goes by itself: real time does not count there.
        let has_come = |clock: &Pin<Box<Sleep>>| clock.deadline() <= time::Instant::now();
        let is_due = *is_real || sleep.as_ref().is_none_or(has_come);
        match Pin::new(alarm).poll(cx) {
            Poll::Ready(()) if is_due => Poll::Ready(()),
            Poll::Ready(()) | Poll::Pending => Poll::Pending,
        }
    }
}

/// Is ready after some time, also when the worker that drives the runtime's timers is stuck in a
/// task: tokio lets the worker that a timer woke run that task itself, and if its poll does not
/// return, no timer fires any more, however many workers are idle (R11).
#[derive(Debug)]
struct Alarm {
    /// `None`: never.
    at: Option<Instant>,
    /// The number under which it is set.
    set: Option<u64>,
}

/// The thread that sleeps for all alarms of the process; there while one is set.
static CLOCK: Clock = Clock {
    state: Mutex::new(State { alarms: BTreeMap::new(), count: 0, runs: false }),
    changed: Condvar::new(),
};

struct Clock {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    alarms: BTreeMap<(Instant, u64), Waker>,
    count: u64,
    runs: bool,
}

impl Clock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who is due, until nobody is left.
    fn run(&self) {
        let mut state = self.state();
        while let Some((&(at, _), _)) = state.alarms.first_key_value() {
            let limit = at.saturating_duration_since(Instant::now());
            state = if limit.is_zero() {
                let due = state.alarms.pop_first();
                drop(state);
                if let Some((_, waker)) = due {
                    panics::wake(waker);
                }
                self.state()
            } else {
                let waited = self.changed.wait_timeout(state, limit);
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
        }
        state.runs = false;
    }
}

impl Alarm {
    fn after(limit: Duration) -> Self {
        Self { at: Instant::now().checked_add(limit), set: None }
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
        let mut state = CLOCK.state();
        let number = *self.set.get_or_insert_with(|| {
            state.count += 1;
            state.count
        });
        let old = state.alarms.insert((at, number), cx.waker().clone());
        if state.runs {
            CLOCK.changed.notify_one();
        } else {
            // Without a thread there still is the runtime's clock.
            let clock = thread::Builder::new().name("foster-alarm".to_owned());
            state.runs = clock.spawn(|| CLOCK.run()).is_ok();
        }
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(alarm) = self.at.zip(self.set) {
            let set = CLOCK.state().alarms.remove(&alarm);
            CLOCK.changed.notify_one();
            drop(set);
        }
    }
}
