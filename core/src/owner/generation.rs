//! Generations: which children a `cancel_children` ends.

use std::sync::Arc;

use super::word::DRAINING;
use super::{Class, Owner};
use crate::sync::Ordering;

/// How many generations there are before the first one comes again.
const GENERATIONS: u16 = 1 << (u16::BITS - Class::BITS);

impl Owner {
    #[inline]
    pub(crate) fn generation(&self) -> u16 {
        // Ordering: Acquire pairs with the Release in `cancel_generation`.
        self.generation.load(Ordering::Acquire)
    }

    /// Notes that a child runs which is no task: `cancel_children` ends what it opened, too.
    pub(crate) fn note_start(&self) {
        // Ordering: Relaxed: only the body starts those, and calls `cancel_children`.
        self.started.store(true, Ordering::Relaxed);
    }

    /// Ends every task that lives now, and hands back launches until [`Owner::drained`].
    ///
    /// # Panics
    ///
    /// When tasks may live that were started 4,095 calls ago: the next generation would be theirs.
    pub(crate) fn cancel_generation(&self) {
        let next = (self.generation() + 1) % GENERATIONS;
        assert!(
            next != self.state.lock().oldest,
            "too many calls of `cancel_children` in a row were dropped before their end"
        );
        self.word.set(DRAINING);
        // Ordering: AcqRel: a task that was counted before the flag is seen here; one that sees the
        // new generation sees the flag. A generation without tasks is not used up.
        if self.started.swap(false, Ordering::AcqRel) {
            self.generation.store(next, Ordering::Release);
        }
        self.wake_tasks();
    }

    /// Accepts launches again.
    pub(crate) fn drained(&self) {
        self.word.clear(DRAINING);
    }

    /// Waits until all that a `cancel_children` ends is gone.
    pub(crate) async fn generation_ended(self: &Arc<Self>) {
        loop {
            self.emptied().await;
            // A scope that one of those tasks has forgotten, or moved away, ends as they do.
            if !self.take_over_escaped() {
                break;
            }
        }
        self.state.lock().oldest = self.generation();
    }
}
