//! Suspended tasks: how they are registered, found and woken.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use super::slots::Slots;
use super::word::Snapshot;
use super::{CANCELLED, CLOSED, FORCED, Owner, Side, State};
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

/// Where its owner keeps a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// Nowhere yet.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// Set until the task is registered.
    const FRESH: u32 = 1 << 31;

    pub(super) fn fresh(slot: u32) -> Self {
        Self(slot | Self::FRESH)
    }

    #[inline]
    pub(super) fn registered(slot: u32) -> Self {
        Self(slot)
    }

    #[inline]
    pub(crate) fn is_fresh(self) -> bool {
        self.0 & Self::FRESH != 0
    }

    /// Whether the task has an entry already, without what is known once it runs.
    #[inline]
    pub(crate) fn is_announced(self) -> bool {
        self.is_fresh() && self != Self::NONE
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        self.0 & !Self::FRESH
    }
}

/// A suspended task: how to reach it, and where it was started.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) waker: Option<Waker>,
    pub(crate) place: Place,
}

const BATCH: usize = 8;

/// Wakers taken under the lock, to be woken after it: a bounded number, so that cancelling
/// allocates nothing and no waiter for the lock waits for a million tasks.
struct Batch([Option<Waker>; BATCH]);

impl Batch {
    /// Takes those of some tasks, from a key on; yields the key to go on from.
    fn take<T, const INLINE: usize>(
        &mut self,
        tasks: &mut Slots<T, INLINE>,
        from: u32,
        waker: impl Fn(&mut T) -> &mut Option<Waker>,
    ) -> Option<u32> {
        let mut room = self.0.iter_mut();
        tasks.visit(from, |task| {
            if let Some(waker) = waker(task).take()
                && let Some(slot) = room.next()
            {
                *slot = Some(waker);
            }
            room.len() > 0
        })
    }
}

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

    /// Registers a task, once, so that a cancellation reaches it. `None` when it is to end (invariant
    /// 2); what only hears a cancellation is woken, if that came before.
    pub(crate) fn register(
        &self,
        tag: Tag,
        key: Key,
        waker: Option<&Waker>,
        place: Place,
    ) -> Option<Key> {
        let class = tag.class();
        // Neither cloned nor dropped under the lock: it may be the user's.
        let task = Registered { waker: waker.cloned(), place };
        let mut state = self.state.lock();
        if self.ends(tag) {
            drop(state);
            drop(task);
            return None;
        }
        let key = if let Some(living) = &mut state.living {
            living.register(class, key, task.waker)
        } else if class.is_shield() {
            Key::registered(state.rare().shields.insert(task))
        } else {
            Key::registered(state.tasks.insert(task))
        };
        drop(state);
        if class == Class::Asked && self.ends(tag.heard()) {
            panics::silence(|| waker.into_iter().for_each(Waker::wake_by_ref));
        }
        Some(key)
    }

    /// Takes the entry of a task that has ended.
    pub(crate) fn deregister(&self, class: Class, key: Key) {
        let mut state = self.state.lock();
        let waker = if let Some(living) = &mut state.living {
            living.remove(class, key)
        } else if class.is_shield() {
            state.rare().shields.remove(key.slot()).and_then(|task| task.waker)
        } else {
            state.tasks.remove(key.slot()).and_then(|task| task.waker)
        };
        drop(state);
        drop(waker);
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
        self.wake_all(|state, from, batch| match &mut state.living {
            Some(living) => batch.take(&mut living.tasks, from, |task| &mut task.waker),
            None => batch.take(&mut state.tasks, from, |task| &mut task.waker),
        });
    }

    fn wake_shields(&self) {
        self.wake_all(|state, from, batch| match &mut state.living {
            Some(living) => batch.take(&mut living.shields, from, |task| &mut task.waker),
            None => {
                let shields = &mut state.rare.as_mut()?.shields;
                batch.take(shields, from, |task| &mut task.waker)
            }
        });
    }

    fn wake_all(&self, take: impl Fn(&mut State, u32, &mut Batch) -> Option<u32>) {
        let mut from = Some(0);
        while let Some(key) = from {
            let mut batch = Batch([const { None }; BATCH]);
            from = take(&mut self.state.lock(), key, &mut batch);
            batch.0.iter_mut().map_while(Option::take).for_each(panics::wake);
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
