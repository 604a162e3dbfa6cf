//! Suspended tasks: how they are registered, found and woken.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use super::slots::Slots;
use super::{CANCELLED, CLOSED, Class, FORCED, Key, Owner, State, Tag};
use crate::panics;
use crate::reason::CancelReason;
use crate::sync::Ordering;

/// Where something was started.
pub(crate) type Place = &'static Location<'static>;

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
        (now.has(CLOSED | CANCELLED | FORCED) || is_new) && task.class().ends(now, is_new)
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
        self.wake_all(|state, from, batch| match (&mut state.living, &mut state.rare) {
            (Some(living), _) => batch.take(&mut living.shields, from, |task| &mut task.waker),
            (None, Some(rare)) => batch.take(&mut rare.shields, from, |task| &mut task.waker),
            (None, None) => None,
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
