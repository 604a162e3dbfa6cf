//! The seam between the ownership core and its model checker: `std`, or loom under `foster_loom`.

#[cfg(foster_loom)]
use loom::sync as imp;
#[cfg(not(foster_loom))]
use std::sync as imp;

pub(crate) use imp::atomic::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
use imp::{Mutex, MutexGuard};
use std::sync::PoisonError;

/// A mutex that no panic can poison: what it guards is valid after every statement.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
