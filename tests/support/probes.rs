//! What tells what was dropped, when and how often.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use super::NEVER;

/// Makes probes, and counts how many of them are dropped: each once, or the count is off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probes {
    counts: Arc<Counts>,
    is_slow: bool,
}

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Probes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Probes whose drop takes a while: who does not wait for it comes too early.
    pub(crate) fn slow() -> Self {
        Self { is_slow: true, ..Self::default() }
    }

    pub(crate) fn probe(&self) -> Probe {
        self.counts.made.fetch_add(1, Ordering::SeqCst);
        Probe { counts: Arc::clone(&self.counts), is_slow: self.is_slow }
    }

    pub(crate) fn made(&self) -> usize {
        self.counts.made.load(Ordering::SeqCst)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.counts.dropped.load(Ordering::SeqCst)
    }

    /// Checks that `count` probes were made, and each was dropped once.
    #[track_caller]
    pub(crate) fn all_dropped(&self, count: usize) {
        assert_eq!((self.made(), self.dropped()), (count, count), "(made, dropped)");
    }
}

/// Counts its drop.
#[derive(Debug)]
pub(crate) struct Probe {
    counts: Arc<Counts>,
    is_slow: bool,
}

impl Drop for Probe {
    fn drop(&mut self) {
        if self.is_slow {
            (0..100).for_each(|_| thread::yield_now());
        }
        self.counts.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// Runs a closure when it is dropped.
pub(crate) struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    pub(crate) fn new(work: F) -> Self {
        Self(Some(work))
    }
}

impl<F: FnOnce()> OnDrop<F> {
    /// Lets go of the closure.
    pub(crate) fn defuse(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

/// States an order: each step says its number, and `finish` that all came in order, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence(Arc<Mutex<Vec<usize>>>);

impl Sequence {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes a step. It does not panic itself: it may stand in a destructor.
    pub(crate) fn expect(&self, step: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// A step that is the drop of what this returns.
    pub(crate) fn on_drop(&self, step: usize) -> OnDrop<impl FnOnce() + Send + use<>> {
        let sequence = self.clone();
        OnDrop::new(move || sequence.expect(step))
    }

    #[track_caller]
    pub(crate) fn finish(&self, last: usize) {
        self.expect(last);
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(steps, (1..=last).collect::<Vec<_>>(), "the steps as they came");
    }
}

/// Holds up threads until it is opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&self) {
        let (is_open, opened) = &*self.0;
        *is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        opened.notify_all();
    }

    /// Blocks this thread until the gate is open.
    #[track_caller]
    pub(crate) fn pass(&self) {
        let (is_open, opened) = &*self.0;
        let is_open = is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = opened.wait_timeout_while(is_open, NEVER, |is_open| !*is_open);
        let is_open = *waited.unwrap_or_else(PoisonError::into_inner).0;
        assert!(is_open, "a gate was never opened");
    }
}

/// Counts how often a future is polled.
pub(crate) struct Polls<F> {
    future: Pin<Box<F>>,
    count: Arc<AtomicUsize>,
}

impl<F: Future> Polls<F> {
    pub(crate) fn of(future: F) -> (Self, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        (Self { future: Box::pin(future), count: Arc::clone(&count) }, count)
    }
}

impl<F: Future> Future for Polls<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.future.as_mut().poll(cx)
    }
}
