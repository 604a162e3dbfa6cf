//! Suspended tasks: how they are registered, found and woken.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use super::slots::Slots;
use super::word::Snapshot;
use super::{CANCELLED, CLOSED, FORCED, Owner, Side};
use crate::panics;
use crate::reason::CancelReason;
use crate::sync::Ordering;

// What the values of `Class` rely on.
const _: () = assert!(CANCELLED == CLOSED << 1 && FORCED == CLOSED << 2);

/// Where something was started.
pub(crate) type Place = &'static Location<'static>;

/// What may end a task, and which side counts it. The value's low bits are the phases that end it,
/// in the order of the word: closed, cancelled, forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Foreground = 0b010,
    Background = 0b011,
    /// A shield that foreground work started: R7.
    Shield = 0b100,
    /// A shield that a helper started.
    BackgroundShield = 0b1100,
    /// Foreground work that hears a cancellation, and ends by itself: its task is woken, and no phase
    /// ends it.
    Asked = 0b1000,
}

impl Class {
    /// How many bits a class takes.
    pub(crate) const BITS: u32 = 4;

    /// The class that the low bits of a number stand for.
    #[inline]
    pub(crate) fn from_bits(bits: u16) -> Self {
        match bits & ((1 << Self::BITS) - 1) {
            0b010 => Self::Foreground,
            0b011 => Self::Background,
            0b100 => Self::Shield,
            0b1000 => Self::Asked,
            _ => Self::BackgroundShield,
        }
    }

    #[inline]
    pub(crate) fn side(self) -> Side {
        match self {
            Self::Foreground | Self::Shield | Self::Asked => Side::Foreground,
            Self::Background | Self::BackgroundShield => Side::Background,
        }
    }

    pub(crate) fn is_shield(self) -> bool {
        self as u8 & 0b100 != 0
    }

    /// Whether `cancel_children` ends it.
    fn ends_with_generation(self) -> bool {
        self as u8 & 0b1100 == 0
    }

    /// The class that ends when this one hears a cancellation.
    fn heard(self) -> Self {
        if self == Self::Asked { Self::Foreground } else { self }
    }

    /// The class of a shield that is started where this one is ambient.
    pub(crate) fn shield(side: Side) -> Self {
        match side {
            Side::Foreground => Self::Shield,
            Side::Background => Self::BackgroundShield,
        }
    }
}

/// What may end a certain task: its class and its generation, in the two bytes that the wrapper
/// around its future has for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag(u16);

impl Tag {
    pub(crate) const fn new(class: Class, generation: u16) -> Self {
        Self(generation << Class::BITS | class as u16)
    }

    #[inline]
    pub(crate) fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    #[inline]
    pub(crate) fn bits(self) -> u16 {
        self.0
    }

    #[inline]
    pub(crate) fn class(self) -> Class {
        Class::from_bits(self.0)
    }

    #[inline]
    pub(crate) fn generation(self) -> u16 {
        self.0 >> Class::BITS
    }

    /// What would end it if it did not only hear of a cancellation.
    fn heard(self) -> Self {
        Self::new(self.class().heard(), self.generation())
    }
}

/// A suspended task: how to reach it, and where it was started.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) waker: Option<Waker>,
    pub(crate) place: Place,
}

/// Wakers taken under the lock, to be woken after it: a bounded number, so that cancelling
/// allocates nothing and no waiter for the lock waits for a million tasks.
const BATCH: usize = 8;

impl Owner {
    /// Whether such a task has to end now.
    #[inline]
    pub(crate) fn ends(&self, task: Tag) -> bool {
        let now = self.word.load();
        let is_new = self.generation() != task.generation();
        // Mostly none of them ends, whatever its class.
        (now.has(CLOSED | CANCELLED | FORCED) || is_new) && ends(now, is_new, task.class())
    }

    /// Why such a task has to end, or hears that it should.
    pub(crate) fn ended_by(&self, task: Tag) -> Option<CancelReason> {
        if !self.ends(task.heard()) {
            return None;
        }
        let (class, generation) = (task.class(), task.generation());
        Some(match self.reason() {
            // Its own, and not that of its owner: a shield ends for nothing else.
            Some(_) if class.is_shield() => CancelReason::Shutdown,
            Some(reason) => reason,
            None if self.generation() != generation => CancelReason::ByHand,
            None => CancelReason::Finished,
        })
    }

    /// Why the owner was cancelled; `None` when it was not.
    pub(crate) fn reason(&self) -> Option<CancelReason> {
        if !self.is_cancelled() {
            return None; // noted perhaps, but not in effect
        }
        // Ordering: Relaxed: it is noted before the flag is set, which was just seen.
        CancelReason::from_code(self.reason.load(Ordering::Relaxed))
    }

    /// Notes why the owner is about to be cancelled. The first reason stays.
    fn note(&self, reason: CancelReason) {
        // Ordering: Relaxed: the flag publishes it.
        let first =
            self.reason.compare_exchange(0, reason.code(), Ordering::Relaxed, Ordering::Relaxed);
        first.unwrap_or_default();
    }

    /// Registers a suspended task, so that a cancellation reaches it. `None` when it is to end
    /// (invariant 2); what only hears a cancellation is woken, if that came before.
    pub(crate) fn register(&self, tag: Tag, mut task: Registered) -> Option<u32> {
        let class = tag.class();
        let mut state = self.state.lock();
        if self.ends(tag) {
            drop(state);
            drop(task);
            return None;
        }
        let is_late = class == Class::Asked && self.ends(tag.heard());
        let late = task.waker.take_if(|_| is_late);
        let key = if class.is_shield() {
            state.rare().shields.insert(task)
        } else {
            state.tasks.insert(task)
        };
        drop(state);
        late.into_iter().for_each(panics::wake);
        Some(u32::try_from(key).expect("an owner has at most 2^28 tasks"))
    }

    pub(crate) fn deregister(&self, class: Class, key: u32) {
        let key = key as usize;
        let mut state = self.state.lock();
        let task = if class.is_shield() {
            state.rare().shields.remove(key)
        } else {
            state.tasks.remove(key)
        };
        drop(state);
        drop(task);
    }

    /// Cancels every task but the shields, here and in every sub-scope that no shield holds open;
    /// and wakes the scope future. Nothing when it is cancelled already.
    pub(crate) fn cancel(self: &Arc<Self>, reason: CancelReason) {
        let mut subs = Vec::new();
        let mut next = Some(Arc::clone(self));
        while let Some(owner) = next {
            owner.note(reason);
            if !owner.word.set(CANCELLED).has(CANCELLED) {
                owner.collect_subs(&mut subs, |sub| !sub.class.is_shield());
                owner.wake_tasks();
                owner.wake_waiter();
            }
            next = subs.pop();
        }
    }

    /// Ends shields, too, in the whole subtree: a ladder's last rung.
    pub(crate) fn force(self: &Arc<Self>) {
        let mut subs = Vec::new();
        let mut next = Some(Arc::clone(self));
        while let Some(owner) = next {
            owner.note(CancelReason::Shutdown);
            if !owner.word.set(CANCELLED | FORCED).has(FORCED) {
                owner.collect_subs(&mut subs, |_| true);
                owner.wake_tasks();
                owner.wake_shields();
                owner.wake_waiter();
            }
            next = subs.pop();
        }
    }

    /// Wakes all suspended tasks but the shields: each has to end.
    pub(super) fn wake_tasks(&self) {
        self.wake_all(|state, from, batch| take_wakers(&mut state.tasks, from, batch));
    }

    fn wake_shields(&self) {
        self.wake_all(|state, from, batch| {
            state.rare.as_mut().map_or(0, |rare| take_wakers(&mut rare.shields, from, batch))
        });
    }

    fn wake_all(
        &self,
        mut take: impl FnMut(&mut super::State, &mut usize, &mut [Option<Waker>; BATCH]) -> usize,
    ) {
        let mut from = 0;
        loop {
            let mut batch = [const { None }; BATCH];
            let taken = take(&mut self.state.lock(), &mut from, &mut batch);
            for waker in batch.iter_mut().take(taken) {
                waker.take().into_iter().for_each(panics::wake);
            }
            if taken < BATCH {
                return;
            }
        }
    }

    pub(super) fn wake_waiter(&self) {
        let waiter = self.state.lock().waiter.take();
        waiter.into_iter().for_each(panics::wake);
    }

    /// The places of the tasks that are registered here, and how many are not.
    pub(crate) fn suspended(&self) -> (Vec<Place>, usize) {
        let state = self.state.lock();
        let shields = state.rare.iter().flat_map(|rare| rare.shields.iter());
        let places: Vec<_> = state.tasks.iter().chain(shields).map(|task| task.place).collect();
        let adopted = state.subs.iter().filter(|sub| sub.adopted).count();
        let known = places.len() + adopted + self.waiting_values();
        let unknown = self.word.load().tasks().saturating_sub(known);
        (places, unknown)
    }
}

/// Whether a task of this class ends in this phase, or since `cancel_children` was called.
#[cold]
fn ends(now: Snapshot, is_new: bool, class: Class) -> bool {
    let phases = u64::from(class as u8 & 0b111) * CLOSED;
    now.has(phases) || (is_new && class.ends_with_generation())
}

/// Takes the wakers of a batch of tasks, from a key on; returns how many.
fn take_wakers<const INLINE: usize>(
    tasks: &mut Slots<Registered, INLINE>,
    from: &mut usize,
    batch: &mut [Option<Waker>; BATCH],
) -> usize {
    let mut taken = 0;
    let end = tasks.end();
    while *from < end && taken < BATCH {
        let waker = tasks.get_mut(*from).and_then(|task| task.waker.take());
        *from += 1;
        if waker.is_some() {
            batch[taken] = waker;
            taken += 1;
        }
    }
    taken
}
