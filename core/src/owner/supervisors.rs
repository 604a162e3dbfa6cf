//! Living supervisors: each is linked to the nearest supervisor or root above it that has not ended,
//! so that the supervisor of `main` finds all of them. Nobody counts them.
//!
//! A link is an entry in the list above, and the place of that entry in the supervisor below. Whoever
//! changes the place from one owner to the next, or to none, removes the entry that it named. So a
//! supervisor that moves up is in both lists for a moment, and in none never. An owner that has ended
//! says so under its lock and takes no more entries; whoever added one just before looks once more.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::Owner;
use crate::sync::Ordering;

/// The place of a supervisor: `owner.state.rare.supervisors[key]`.
#[derive(Debug)]
pub(super) struct Above {
    owner: Arc<Owner>,
    key: u32,
}

/// How many entries have been removed in this process. A walk that began before may have missed the
/// supervisor that moved.
static REMOVALS: AtomicUsize = AtomicUsize::new(0);

/// Is another number when a supervisor has moved since.
pub(crate) fn removals() -> usize {
    // Ordering: Acquire pairs with `remove`: who sees no removal has seen each entry where it was.
    REMOVALS.load(Ordering::Acquire)
}

impl Above {
    fn remove(self) {
        // Ordering: Release: see `removals`.
        REMOVALS.fetch_add(1, Ordering::Release);
        let below = self.owner.state.lock().rare().supervisors.remove(self.key);
        drop(below);
    }
}

impl Owner {
    /// Links a new supervisor to the nearest supervisor or root above.
    pub(crate) fn link_supervisor(self: &Arc<Self>) {
        self.move_up(None);
    }

    /// Takes a supervisor's link out: its value is gone.
    pub(crate) fn unlink_supervisor(&self) {
        let above = self.state.lock().rare.as_mut().and_then(|rare| rare.above.take());
        if let Some(above) = above {
            above.remove();
        }
    }

    /// Moves the supervisors that are linked here further up: this one has ended.
    pub(crate) fn lift_supervisors(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let rare = state.rare();
        rare.takes_none = true;
        let linked: Vec<_> = rare.supervisors.iter().map(Arc::clone).collect();
        drop(state);
        for below in linked {
            below.move_up(Some(Arc::clone(self)));
        }
    }

    /// The living supervisors that are linked here.
    pub(crate) fn supervisors(&self) -> Vec<Arc<Self>> {
        let state = self.state.lock();
        state.rare.iter().flat_map(|rare| rare.supervisors.iter().map(Arc::clone)).collect()
    }

    /// Moves the link from one owner, or from nowhere, to the next above that takes it. Nothing when
    /// it is elsewhere by now.
    fn move_up(self: &Arc<Self>, mut from: Option<Arc<Self>>) {
        loop {
            let above = self.enter_above();
            let owner = Arc::clone(&above.owner);
            let mut state = self.state.lock();
            let place = &mut state.rare().above;
            let is_there = match (&*place, &from) {
                (Some(place), Some(from)) => Arc::ptr_eq(&place.owner, from),
                (place, from) => place.is_none() && from.is_none(),
            };
            let left = if is_there { place.replace(above) } else { Some(above) };
            drop(state);
            if let Some(left) = left {
                left.remove();
            }
            if !is_there || !owner.takes_none() {
                return;
            }
            from = Some(owner); // it has ended meanwhile, and perhaps before the place was written
        }
    }

    /// Adds an entry to the list of the nearest supervisor or root above that takes one.
    fn enter_above(self: &Arc<Self>) -> Above {
        let mut above = self.parent_owner();
        while let Some(owner) = above {
            if owner.is_root() || owner.supervision.is_some() {
                let mut state = owner.state.lock();
                let rare = state.rare();
                if !rare.takes_none {
                    let key = rare.supervisors.insert(Arc::clone(self));
                    drop(state);
                    return Above { owner, key };
                }
            }
            above = owner.parent_owner();
        }
        unreachable!("a root stands above every supervisor, and never ends")
    }

    fn takes_none(&self) -> bool {
        self.state.lock().rare.as_ref().is_some_and(|rare| rare.takes_none)
    }
}
