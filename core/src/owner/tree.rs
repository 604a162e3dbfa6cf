//! Owners above and below: links, bequest (R2) and escaped sub-scopes.

use std::sync::Arc;
use std::task::Waker;

use super::end::Step;
use super::word::{ADOPTED, BODY, Change};
use super::{CANCELLED, Class, FORCED, Owner, Side, State};
use crate::ambient;
use crate::panics;
use crate::reason::CancelReason;
use crate::root;

/// The owner above, for good, and the work there that opened this one.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    pub(super) owner: Arc<Owner>,
    pub(super) class: Class,
    /// Of the task; `None` where the body did it.
    generation: Option<u16>,
}

/// Where the owner above holds this one: `owner.state.subs[key]`.
#[derive(Debug)]
pub(super) struct Link {
    owner: Arc<Owner>,
    key: u32,
}

/// A sub-scope that has not ended.
#[derive(Debug)]
pub(super) struct Sub {
    owner: Arc<Owner>,
    /// Of the work that opened it: a cancellation stops before what a shield opened.
    pub(super) class: Class,
    /// Of the task that opened it; `None` where the body did.
    generation: Option<u16>,
    /// The side of the count that it occupies, once adopted; before that, none.
    side: Side,
    pub(super) adopted: bool,
}

impl Sub {
    /// Whether one task of that side stands for it.
    pub(super) fn stands_for(&self, side: Side) -> bool {
        self.adopted && self.side == side
    }
}

impl Owner {
    /// Fixes the owner above.
    pub(crate) fn set_parent(&self, owner: Arc<Self>, class: Class) {
        self.fix_parent(Parent { owner, class, generation: None });
    }

    /// Fixes the owner above: the ambient one, if there is one, or else the root, at its first use.
    pub(crate) fn set_ambient_parent(&self) {
        let ambient = ambient::inspect(|owner, work| Parent {
            owner: Arc::clone(owner),
            class: work.class(),
            generation: work.generation(),
        });
        if let Some(parent) = ambient {
            self.fix_parent(parent);
        }
    }

    /// What is fixed already stays.
    fn fix_parent(&self, parent: Parent) {
        let mut state = self.state.lock();
        if state.parent.is_none() {
            state.parent = Some(parent);
        }
    }

    /// The owner above; without an ambient one it is the root, which itself has none.
    fn parent(&self) -> Option<Parent> {
        if self.is_root() {
            return None;
        }
        let known = self.state.lock().parent.clone();
        if known.is_some() {
            return known;
        }
        self.set_parent(root::heir(), Class::Foreground);
        self.state.lock().parent.clone()
    }

    /// Whether another owner waits for this one's tasks: its own future, or value, is gone.
    pub(crate) fn is_adopted(&self) -> bool {
        self.word.load().has(ADOPTED)
    }

    pub(crate) fn parent_owner(&self) -> Option<Arc<Self>> {
        self.parent().map(|parent| parent.owner)
    }

    /// Makes a supervisor answer for what belongs to this root alone.
    pub(crate) fn set_chief(&self, chief: &Arc<Self>) {
        self.state.lock().rare().chief = Arc::downgrade(chief);
    }

    /// The supervisor that answers for what belongs to this root alone, for as long as it is one.
    pub(crate) fn own_chief(&self) -> Option<Arc<Self>> {
        let chief = self.state.lock().rare.as_ref()?.chief.upgrade();
        chief.filter(|chief| !chief.is_adopted())
    }

    /// The supervisor that answers for what belongs to this root: its own, or that of the process.
    pub(crate) fn chief(&self) -> Option<Arc<Self>> {
        self.own_chief().or_else(root::main)
    }

    /// Leaves the waker of who waits for the end, or to be cancelled.
    ///
    /// Whoever cancels sets the flag before it takes the waker, so the caller looks at the flag
    /// once more after this.
    pub(crate) fn leave_waker(&self, waker: &Waker) {
        // Neither cloned nor dropped under the lock: it may be the user's.
        let waker = waker.clone();
        let old = self.state.lock().waiter.replace(waker);
        if let Some(old) = old {
            panics::silence(|| drop(old));
        }
    }

    /// Links a scope that is suspended for the first time to the owner above, and leaves the waker of
    /// who waits for it.
    pub(crate) fn link(self: &Arc<Self>, waker: &Waker) {
        let waker = waker.clone();
        let Some(Parent { owner, class, generation }) = self.parent() else {
            return; // the root
        };
        let side = class.side();
        let sub = Sub { owner: Arc::clone(self), class, generation, side, adopted: false };
        let mut state = owner.state.lock();
        let key = state.subs.insert(sub);
        state.linked[side as usize] += 1;
        if state.linked[side as usize] == 1 {
            owner.word.set(side.subs());
        }
        drop(state);
        let follows = owner.word.load().has(CANCELLED | FORCED).then(|| Arc::clone(&owner));
        let mut state = self.state.lock();
        state.link = Some(Link { owner, key });
        state.waiter = Some(waker);
        drop(state);
        if let Some(owner) = follows {
            self.follow(&owner, class);
        }
    }

    /// Ends with the owner above, when that was cancelled or forced before this one was in its list.
    fn follow(self: &Arc<Self>, above: &Self, class: Class) {
        if above.word.load().has(FORCED) {
            self.force();
        } else if let Some(reason) = above.reason().filter(|_| !class.is_shield()) {
            self.cancel(reason);
        }
    }

    /// Takes the link out of this owner and of the one above, with the count that it held there
    /// (invariant 4).
    pub(super) fn unlink(&self, steps: &mut Vec<Step>) {
        let Some(Link { owner, key }) = self.state.lock().link.take() else {
            return;
        };
        let mut state = owner.state.lock();
        let Some(sub) = state.subs.remove(key) else {
            return;
        };
        let change = if sub.adopted { None } else { owner.uncount(&mut state.linked, sub.side) };
        drop(state);
        // While its body runs, that concerns nobody.
        if let Some(change) = change.filter(|change| !change.after.has(BODY)) {
            owner.react(change, steps);
        }
        if sub.adopted {
            steps.push(Step::Leave(owner, sub.side));
        }
    }

    /// Under the lock: one sub-scope of `side` is no longer linked, or is counted from now on.
    fn uncount(&self, linked: &mut [u32; 2], side: Side) -> Option<Change> {
        linked[side as usize] -= 1;
        (linked[side as usize] == 0).then(|| self.word.end_subs(side))
    }

    /// Passes the tasks of a cancelled owner, whose body is gone, to the next living owner (R2).
    pub(crate) fn bequeath(self: &Arc<Self>) {
        if !self.convert_link() {
            let mut heir = self.parent();
            while let Some(Parent { owner, class, .. }) = heir {
                if owner.adopt(self, class) {
                    break;
                }
                heir = owner.parent();
            }
        }
        self.end_body();
    }

    /// Passes the tasks of a supervisor, which is never linked, to a certain owner.
    pub(crate) fn bequeath_to(self: &Arc<Self>, heir: &Arc<Self>) {
        heir.adopt(self, Class::Foreground);
    }

    /// Makes the link that is there an adoption. `false` when there is none.
    fn convert_link(self: &Arc<Self>) -> bool {
        let state = self.state.lock();
        let Some((owner, key)) =
            state.link.as_ref().map(|link| (Arc::clone(&link.owner), link.key))
        else {
            return false;
        };
        drop(state);
        let mut above = owner.state.lock();
        let State { subs, linked, .. } = &mut *above;
        if let Some(sub) = subs.get_mut(key).filter(|sub| !sub.adopted) {
            owner.count_sub(linked, sub);
        }
        drop(above);
        self.confirm_adoption();
        true
    }

    /// Under the lock: counts the tasks of a sub-scope as one of this owner's.
    fn count_sub(&self, linked: &mut [u32; 2], sub: &mut Sub) {
        // A linked sub-scope keeps its owner from its end, so this one is living.
        if let Some(side) = self.word.enter_living(sub.side) {
            // Brings nothing about: the count that was just entered keeps the owner open.
            self.uncount(linked, sub.side);
            (sub.side, sub.adopted) = (side, true);
        }
    }

    /// Takes over an owner that was never linked: a supervisor, or a scope whose parent has ended.
    fn adopt(self: &Arc<Self>, sub: &Arc<Self>, class: Class) -> bool {
        let Some(side) = self.word.enter_living(class.side()) else {
            return false;
        };
        let entry = Sub { owner: Arc::clone(sub), class, generation: None, side, adopted: true };
        let key = self.state.lock().subs.insert(entry);
        sub.state.lock().link = Some(Link { owner: Arc::clone(self), key });
        sub.confirm_adoption();
        sub.follow(self, class);
        true
    }

    /// From now on the end of this owner releases the count that it holds above; or at once, when
    /// it has ended before it could know.
    fn confirm_adoption(self: &Arc<Self>) {
        if !self.word.set_unless_done(ADOPTED) {
            let mut steps = Vec::new();
            self.end_adoption(&mut steps);
            Step::run(steps);
        }
    }

    /// The end of an owner whose own future, or value, is gone.
    pub(super) fn end_adoption(self: &Arc<Self>, steps: &mut Vec<Step>) {
        self.report_unread();
        if self.supervision.is_some() {
            self.lift_supervisors(); // while the one above still counts this one
        }
        self.unlink(steps);
    }

    /// Cancels the sub-scopes of `side` that have escaped, and takes over their tasks.
    pub(super) fn settle_escaped(self: &Arc<Self>, side: Side, steps: &mut Vec<Step>) {
        self.take_over(side, |_| true, steps);
    }

    /// As that, for the sub-scopes that tasks of former generations opened, once all of those are
    /// gone; `true` when there were any.
    pub(super) fn take_over_escaped(self: &Arc<Self>) -> bool {
        let generation = self.generation();
        let escaped = |sub: &Sub| sub.generation.is_some_and(|opened| opened != generation);
        let mut steps = Vec::new();
        let sides = [Side::Foreground, Side::Background];
        let any = sides.map(|side| self.take_over(side, escaped, &mut steps));
        Step::run(steps);
        any.contains(&true)
    }

    /// Cancels some of the sub-scopes of `side`, and takes over their tasks; `true` when there were
    /// any.
    fn take_over(
        self: &Arc<Self>,
        side: Side,
        escaped: impl Fn(&Sub) -> bool,
        steps: &mut Vec<Step>,
    ) -> bool {
        // Counted for as long as this takes, so that the owner cannot end meanwhile.
        let Some(held) = self.word.enter_living(side) else {
            return false;
        };
        let mut taken = Vec::new();
        let mut state = self.state.lock();
        let State { subs, linked, .. } = &mut *state;
        let subs = subs.iter_mut().filter(|sub| sub.side == side && !sub.adopted);
        for sub in subs.filter(|sub| escaped(sub)) {
            self.count_sub(linked, sub);
            taken.push(Arc::clone(&sub.owner));
        }
        drop(state);
        steps.push(Step::Leave(Arc::clone(self), held));
        let any = !taken.is_empty();
        for sub in taken {
            sub.confirm_adoption();
            sub.cancel(CancelReason::Dropped);
            steps.push(Step::EndBody(sub));
        }
        any
    }

    /// Collects sub-scopes, to be walked without the lock.
    pub(super) fn collect_subs(&self, into: &mut Vec<Arc<Self>>, of: impl Fn(&Sub) -> bool) {
        let state = self.state.lock();
        into.extend(state.subs.iter().filter(|sub| of(sub)).map(|sub| Arc::clone(&sub.owner)));
    }

    /// Collects the sub-scopes that no shield holds open.
    pub(crate) fn subs_beside_shields(&self) -> Vec<Arc<Self>> {
        let mut subs = Vec::new();
        self.collect_subs(&mut subs, |sub| !sub.class.is_shield() || sub.adopted);
        subs
    }

    /// Collects every sub-scope that has not ended.
    pub(crate) fn subs(&self) -> Vec<Arc<Self>> {
        let mut subs = Vec::new();
        self.collect_subs(&mut subs, |_| true);
        subs
    }

    /// Counts a shield with this owner or, when it has ended, the next living one above.
    pub(crate) fn enter_shield(self: &Arc<Self>, side: Side) -> Option<(Arc<Self>, Side)> {
        let mut next = Some((Arc::clone(self), side));
        while let Some((owner, side)) = next {
            if let Some(side) = owner.word.enter_living(side) {
                return Some((owner, side));
            }
            next = owner.parent().map(|parent| (parent.owner, parent.class.side()));
        }
        None
    }
}
