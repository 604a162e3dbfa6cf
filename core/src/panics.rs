//! Foreign code that may panic: destructors, wakers and what else is not foster's own.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// What a panic was thrown with.
pub(crate) type Payload = Box<dyn Any + Send>;

/// How many payloads are dropped one after the other, each thrown by the destructor of the last.
const DROPS: usize = 16;

/// Runs foreign code, and returns its panic.
pub(crate) fn catch<R>(work: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(work))
}

/// Runs foreign code whose panic is of no interest: it has printed itself.
pub(crate) fn silence(work: impl FnOnce()) {
    if let Err(payload) = catch(work) {
        drop_payload(payload);
    }
}

/// Wakes a task. The waker may be of any executor, and those after it are to be woken, too.
pub(crate) fn wake(waker: Waker) {
    silence(|| waker.wake());
}

/// Drops a payload, and those that its destructor panics with, until one is quiet.
///
/// A destructor that panics every time would keep this thread for ever: its last payload leaks.
#[expect(clippy::mem_forget, reason = "the destructor of this payload cannot be run to its end")]
pub(crate) fn drop_payload(payload: Payload) {
    let mut next = Some(payload);
    for _ in 0..DROPS {
        match next {
            Some(payload) => next = catch(|| drop(payload)).err(),
            None => return,
        }
    }
    mem::forget(next);
}

/// Returns the message that a panic was thrown with.
pub(crate) fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
