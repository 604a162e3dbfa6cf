//! The count and the phase of an owner, in one atomic word.
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0..28 | foreground | tasks that keep the owner open |
//! | 28..52 | background | helpers and what they started: cancelled once the foreground is empty |
//! | 52 | `BODY` | the body (or the `Supervisor` value) has not ended |
//! | 53 | `CLOSED` | body ended and foreground empty (R12); set by the very operation that makes it so |
//! | 54 | `CANCELLED` | every task but a shield ends at its next poll (R5) |
//! | 55 | `FORCED` | shields end, too (R7: the last rung of a ladder) |
//! | 56, 57 | `FG_SUBS`, `BG_SUBS` | sub-scopes are linked that no task of this owner stands for |
//! | 58 | `ADOPTED` | another owner counts this one as a task, until it is done |
//! | 59 | `PARKED` | the scope future waits for the end: wake it |
//! | 60 | `DRAINING` | `cancel_children` is waiting: launches from outside are handed back |
//! | 61 | `WATCHED` | tell the watchers when no task is left |
//!
//! All changes are read-modify-write operations, so they have one order, and a zero is seen by
//! exactly the one who made it. What follows from it is a second operation, which looks once more:
//! who was counted between the two was not refused, and so keeps the owner open.

use crate::sync::{AtomicU64, Ordering};

const FOREGROUND: u64 = 1;
const BACKGROUND: u64 = 1 << 28;
const FOREGROUNDS: u64 = BACKGROUND - 1;
const BACKGROUNDS: u64 = (1 << 52) - BACKGROUND;
const TASKS: u64 = FOREGROUNDS | BACKGROUNDS;

pub(crate) const BODY: u64 = 1 << 52;
pub(crate) const CLOSED: u64 = 1 << 53;
pub(crate) const CANCELLED: u64 = 1 << 54;
pub(crate) const FORCED: u64 = 1 << 55;
pub(crate) const FG_SUBS: u64 = 1 << 56;
pub(crate) const BG_SUBS: u64 = 1 << 57;
pub(crate) const ADOPTED: u64 = 1 << 58;
pub(crate) const PARKED: u64 = 1 << 59;
pub(crate) const DRAINING: u64 = 1 << 60;
pub(crate) const WATCHED: u64 = 1 << 61;

/// The half of the count that a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Foreground,
    Background,
}

impl Side {
    /// Half of what its count can hold. The other half is for those who are counted before they are
    /// refused.
    #[inline]
    fn limit(self) -> u64 {
        self.all() & !(self.all() >> 1)
    }

    #[inline]
    fn one(self) -> u64 {
        match self {
            Self::Foreground => FOREGROUND,
            Self::Background => BACKGROUND,
        }
    }

    #[inline]
    fn all(self) -> u64 {
        match self {
            Self::Foreground => FOREGROUNDS,
            Self::Background => BACKGROUNDS,
        }
    }

    /// The flag that says that sub-scopes of this side are linked.
    pub(crate) fn subs(self) -> u64 {
        match self {
            Self::Foreground => FG_SUBS,
            Self::Background => BG_SUBS,
        }
    }
}

/// A value of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(u64);

impl Snapshot {
    #[inline]
    pub(crate) fn has(self, flags: u64) -> bool {
        self.0 & flags != 0
    }

    /// How many tasks are alive.
    pub(crate) fn tasks(self) -> usize {
        let background = (self.0 & BACKGROUNDS) / BACKGROUND;
        usize::try_from((self.0 & FOREGROUNDS) + background).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 & TASKS == 0
    }

    pub(crate) fn has_foreground(self) -> bool {
        self.0 & (FOREGROUNDS | BODY) != 0
    }

    pub(crate) fn has_more_foreground_than(self, shields: u32) -> bool {
        self.has(BODY) || self.0 & FOREGROUNDS > u64::from(shields)
    }

    pub(crate) fn has_background(self) -> bool {
        self.0 & BACKGROUNDS != 0
    }

    /// The owner has ended: it is closed and owns nothing, and never will again.
    pub(crate) fn is_done(self) -> bool {
        self.0 & (TASKS | CLOSED | BG_SUBS) == CLOSED
    }

    /// The side whose sub-scopes have escaped: nothing of this owner stands for them any more.
    pub(crate) fn escaped(self) -> Option<Side> {
        if self.0 & (FOREGROUNDS | BODY | FG_SUBS | CLOSED) == FG_SUBS {
            Some(Side::Foreground)
        } else if self.0 & (TASKS | CLOSED | BG_SUBS) == CLOSED | BG_SUBS {
            Some(Side::Background)
        } else {
            None
        }
    }

    /// Adds what follows from the counts: the close point, and the end of an adoption.
    fn settled(mut self) -> Self {
        if self.0 & (FOREGROUNDS | BODY | FG_SUBS) == 0 {
            self.0 |= CLOSED;
        }
        if self.is_done() {
            self.0 &= !ADOPTED;
        }
        self
    }
}

/// What a change of the word was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) before: Snapshot,
    pub(crate) after: Snapshot,
}

impl Change {
    pub(crate) fn set(self, flag: u64) -> bool {
        self.after.has(flag) && !self.before.has(flag)
    }

    pub(crate) fn cleared(self, flag: u64) -> bool {
        self.before.has(flag) && !self.after.has(flag)
    }

    /// Whether anybody may have to be woken, or another owner to be told.
    #[inline]
    pub(crate) fn concerns_others(self) -> bool {
        let someone = FG_SUBS | BG_SUBS | PARKED | WATCHED | ADOPTED;
        let ends = !self.after.has_foreground() || self.after.is_empty();
        ends && (self.before.has(someone) || (self.set(CLOSED) && self.after.has_background()))
    }
}

/// The word itself.
#[derive(Debug)]
pub(crate) struct Word(AtomicU64);

impl Word {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(BODY))
    }

    #[inline]
    pub(crate) fn load(&self) -> Snapshot {
        // Ordering: Acquire synchronizes with the Release half of every change below, so that who
        // sees "cancelled" or "done" sees what led to it.
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// Counts a task that the body starts. `false` when the owner is closed: then it is to leave again.
    ///
    /// An addition, and no exchange: while its body runs, an owner refuses nothing.
    ///
    /// # Panics
    ///
    /// When an owner would have more than 2^27 tasks, or 2^23 helpers.
    #[track_caller]
    #[inline]
    pub(crate) fn enter(&self, side: Side) -> bool {
        // Ordering: AcqRel: as in `leave`.
        let before = Snapshot(self.0.fetch_add(side.one(), Ordering::AcqRel));
        if before.has(side.limit()) {
            // Ordering: Relaxed: it has done nothing, and is not the last.
            self.0.fetch_sub(side.one(), Ordering::Relaxed);
            too_many();
        }
        !before.has(CLOSED)
    }

    /// Counts a task, unless one of `refusals` is set.
    ///
    /// # Panics
    ///
    /// As [`Word::enter`].
    #[track_caller]
    pub(crate) fn enter_unless(&self, side: Side, refusals: u64) -> bool {
        self.update(|now| {
            if now.has(refusals) {
                return None;
            }
            if now.has(side.limit()) {
                too_many();
            }
            Some(Snapshot(now.0 + side.one()))
        })
        .is_some()
    }

    /// Counts what must not be refused by a living owner: a shield, or the tasks of a dropped
    /// scope. Once the foreground is closed, they count as background. `None` when the owner has
    /// ended, or has as many tasks as it can count.
    pub(crate) fn enter_living(&self, side: Side) -> Option<Side> {
        let mut entered = side;
        self.update(|now| {
            if now.is_done() {
                return None;
            }
            entered = if now.has(CLOSED) { Side::Background } else { side };
            if now.has(entered.limit()) {
                return None;
            }
            Some(Snapshot(now.0 + entered.one()))
        })?;
        Some(entered)
    }

    /// Uncounts a task; yields what follows, if it was the last of its side.
    #[inline]
    pub(crate) fn leave(&self, side: Side) -> Option<Change> {
        // Ordering: AcqRel: Release hands what the task did to the one who sees the count without
        // it; Acquire lets the one who empties the count see what all the others did.
        let before = self.0.fetch_sub(side.one(), Ordering::AcqRel);
        debug_assert!(before & side.all() != 0, "a task left twice");
        (before & side.all() == side.one()).then(|| self.settle())
    }

    /// A side is empty: only that can close or end the owner.
    #[inline(never)]
    fn settle(&self) -> Change {
        self.change(Snapshot::settled)
    }

    /// Ends the body; nothing when it has ended already.
    pub(crate) fn end_body(&self) -> Change {
        self.change(|now| Snapshot(now.0 & !BODY).settled())
    }

    /// Clears the flag of a side whose last linked sub-scope is gone.
    pub(crate) fn end_subs(&self, side: Side) -> Change {
        self.change(|now| Snapshot(now.0 & !side.subs()).settled())
    }

    /// Sets `flag` unless the owner has ended; says whether it is set.
    pub(crate) fn set_unless_done(&self, flag: u64) -> bool {
        self.update(|now| (!now.is_done()).then_some(Snapshot(now.0 | flag))).is_some()
    }

    /// Sets [`WATCHED`] unless no task is left; says whether it is set.
    pub(crate) fn watch(&self) -> bool {
        self.update(|now| (!now.is_empty()).then_some(Snapshot(now.0 | WATCHED))).is_some()
    }

    /// Sets `flags` and returns the value before.
    pub(crate) fn set(&self, flags: u64) -> Snapshot {
        // Ordering: AcqRel: Release for the `load` of who acts on the flag, Acquire because this
        // one acts on what it finds.
        Snapshot(self.0.fetch_or(flags, Ordering::AcqRel))
    }

    /// Clears `flags` and returns the value before.
    pub(crate) fn clear(&self, flags: u64) -> Snapshot {
        // Ordering: as in `set`.
        Snapshot(self.0.fetch_and(!flags, Ordering::AcqRel))
    }

    #[inline]
    fn change(&self, mut next: impl FnMut(Snapshot) -> Snapshot) -> Change {
        // Ordering: Relaxed: only a guess, confirmed by the exchange.
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let after = next(Snapshot(now));
            // Ordering: AcqRel: as in `leave`.
            match self.0.compare_exchange_weak(now, after.0, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    return Change { before: Snapshot(now), after };
                }
                Err(newer) => now = newer,
            }
        }
    }

    #[inline]
    fn update(&self, mut next: impl FnMut(Snapshot) -> Option<Snapshot>) -> Option<Snapshot> {
        // Ordering: Relaxed: only a guess, confirmed by the exchange. (A refusal acts on the guess
        // alone: the flags that refuse are never unset, or by the one who is refused.)
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let after = next(Snapshot(now))?;
            // Ordering: as in `change`.
            match self.0.compare_exchange_weak(now, after.0, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some(after),
                Err(newer) => now = newer,
            }
        }
    }
}

#[track_caller]
#[cold]
fn too_many() -> ! {
    panic!("too many tasks in one owner");
}

#[cfg(all(test, not(foster_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_side_that_is_full_lets_nobody_in_that_cannot_be_refused() {
        let full = Word(AtomicU64::new(BODY | FOREGROUNDS));
        assert_eq!(full.enter_living(Side::Foreground), None);
        assert_eq!(full.enter_living(Side::Background), Some(Side::Background));
        let closed = Word(AtomicU64::new(CLOSED | BACKGROUNDS));
        assert_eq!(closed.enter_living(Side::Foreground), None);
    }

    #[test]
    fn a_side_takes_tasks_up_to_half_of_its_bits() {
        for side in [Side::Foreground, Side::Background] {
            let word = Word::new();
            assert!(word.enter(side) && word.enter_unless(side, CLOSED));
            assert_eq!(word.load().tasks(), 2);
            let full = Word(AtomicU64::new(BODY | side.limit()));
            let refused =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| full.enter(side)));
            assert!(refused.is_err(), "one more than the side takes");
            assert_eq!(full.load(), Snapshot(BODY | side.limit()), "who is refused is not counted");
        }
    }
}
