//! `Pace`: how long an order takes at present.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A mean over the latest orders. Customers hang up after a part of it, so that on a slow or busy
/// machine, too, some hang up before the charge and some after.
pub(crate) struct Pace {
    mean: Mutex<Duration>,
}

impl Pace {
    pub(crate) fn new(guess: Duration) -> Self {
        Self { mean: Mutex::new(guess) }
    }

    pub(crate) fn learn(&self, took: Duration) {
        let mut mean = self.mean();
        *mean = (*mean * 7 + took) / 8;
    }

    pub(crate) fn percent(&self, percent: u32) -> Duration {
        *self.mean() * percent / 100
    }

    fn mean(&self) -> MutexGuard<'_, Duration> {
        self.mean.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
