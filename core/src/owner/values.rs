//! Values that wait in their handles: they are their owner's until they are taken (R1).

use std::sync::Arc;

use super::{Owner, Side};
use crate::sync::{AtomicU32, Ordering};

/// The owner counts them no longer.
const LET_GO: u32 = 1 << 31;

/// Counts the values that wait, and the handles that could take one.
///
/// A waiting value keeps its task in the owner's count. Once the body is gone its handles are, too,
/// and what waits is about to be dropped by the runtime. A handle that is still there was leaked,
/// and so may a value be: then the owner lets all of them go, or it would wait for ever (R13).
#[derive(Debug)]
pub(super) struct Values {
    waiting: AtomicU32,
    handles: AtomicU32,
}

impl Values {
    pub(super) fn new() -> Self {
        Self { waiting: AtomicU32::new(0), handles: AtomicU32::new(0) }
    }
}

impl Owner {
    /// A handle was made that may yield a value which needs dropping.
    pub(crate) fn add_handle(&self) {
        // Ordering: Relaxed: only the body, in which handles are made, compares it with zero.
        self.values.handles.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove_handle(&self) {
        // Ordering: Relaxed: as above; a handle that another thread drops was sent there and back.
        self.values.handles.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many of the tasks that are counted have ended, but for their values.
    pub(super) fn waiting_values(&self) -> usize {
        // Ordering: Relaxed: for a report, which is a guess while tasks run.
        let waiting = self.values.waiting.load(Ordering::Relaxed);
        if waiting & LET_GO == 0 { waiting as usize } else { 0 }
    }

    /// A task has ended, and its value waits. `false` when it is not to be counted.
    pub(crate) fn keep_value(&self) -> bool {
        // Ordering: AcqRel, as all on this word: who lets go and who takes agree on each value.
        if self.values.waiting.fetch_add(1, Ordering::AcqRel) & LET_GO == 0 {
            return true;
        }
        self.values.waiting.fetch_sub(1, Ordering::AcqRel);
        false
    }

    /// A waiting value is gone, and its task with it.
    pub(crate) fn release_value(self: &Arc<Self>) {
        // Ordering: as in `keep_value`.
        if self.values.waiting.fetch_sub(1, Ordering::AcqRel) & LET_GO == 0 {
            self.leave(Side::Foreground);
        }
    }

    /// The body is gone. If handles are not, lets go of the values that wait.
    #[inline]
    pub(super) fn let_leaked_go(self: &Arc<Self>) {
        // Ordering: Relaxed: the body is gone, and with it whoever could change this.
        if self.values.handles.load(Ordering::Relaxed) != 0 {
            self.let_values_go();
        }
    }

    #[cold]
    fn let_values_go(self: &Arc<Self>) {
        // Ordering: as in `keep_value`.
        let waiting = self.values.waiting.fetch_or(LET_GO, Ordering::AcqRel);
        if waiting & LET_GO == 0 {
            (0..waiting).for_each(|_| self.leave(Side::Foreground));
        }
    }
}
