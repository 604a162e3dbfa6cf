//! What a supervisor's ladder ends: its own tree; for one that answers for roots also theirs, and that
//! of every living supervisor below them.

use std::collections::HashSet;
use std::sync::Arc;

use crate::failure::TaskInfo;
use crate::owner::{self, Owner};
use crate::reason::CancelReason;
use crate::root;
use crate::supervision::Supervision;

/// How much of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// What a body that ended well is followed by: living supervisors are not waited for.
    Joined,
    All,
    /// All but a body that still runs, and the scopes that it has open.
    BesideBody,
}

/// Walks, in a loop, until `look` finds something; the supervisor itself comes first.
fn find<R>(
    supervisor: &Arc<Owner>,
    range: Range,
    mut look: impl FnMut(&Arc<Owner>) -> Option<R>,
) -> Option<R> {
    loop {
        let removals = owner::removals();
        if let Some(found) = look(supervisor) {
            return Some(found);
        }
        let mut next = if range == Range::BesideBody {
            supervisor.subs_beside_shields()
        } else {
            supervisor.subs()
        };
        let roots = root::answered_by(supervisor);
        let has_supervisors = range != Range::Joined && !roots.is_empty();
        if has_supervisors {
            next.extend(supervisor.supervisors());
        }
        next.extend(roots);
        while let Some(owner) = next.pop() {
            if let Some(found) = look(&owner) {
                return Some(found);
            }
            next.extend(owner.subs());
            if has_supervisors {
                next.extend(owner.supervisors());
            }
        }
        if !has_supervisors || removals == owner::removals() {
            return None;
        }
    }
}

/// An owner that has tasks.
pub(crate) fn busy(supervisor: &Arc<Owner>, range: Range) -> Option<Arc<Owner>> {
    find(supervisor, range, |owner| (owner.live() > 0).then(|| Arc::clone(owner)))
}

/// Waits until no owner has tasks.
pub(crate) async fn drained(supervisor: &Arc<Owner>, range: Range) {
    while let Some(busy) = busy(supervisor, range) {
        busy.emptied().await;
    }
}

/// All owners, each once.
fn all(supervisor: &Arc<Owner>) -> Vec<Arc<Owner>> {
    let (mut known, mut owners) = (HashSet::new(), Vec::new());
    let collect = |owner: &Arc<Owner>| {
        if known.insert(Arc::as_ptr(owner)) {
            owners.push(Arc::clone(owner));
        }
        None::<()>
    };
    find(supervisor, Range::All, collect);
    owners
}

/// The supervisor; for one that answers for roots also those, and the supervisors below them.
fn heads(supervisor: &Arc<Owner>) -> Vec<Arc<Owner>> {
    if root::answered_by(supervisor).is_empty() {
        return vec![Arc::clone(supervisor)];
    }
    let mut heads = all(supervisor);
    heads.retain(|owner| owner.supervision.is_some() || owner.is_root());
    heads
}

/// Tells all that a ladder has reached a rung, also supervisors that were built before the one that
/// now answers for them.
pub(crate) fn announce(supervisor: &Arc<Owner>, rung: usize) {
    for owner in heads(supervisor) {
        if let Some(supervision) = &owner.supervision {
            supervision.announce(rung);
        }
    }
}

/// Cancels all but shields, and the body of a supervisor that has one.
pub(crate) fn cancel(supervisor: &Arc<Owner>) {
    supervisor.cancel(CancelReason::Shutdown); // first: see `follow`
    for owner in heads(supervisor) {
        owner.cancel(CancelReason::Shutdown);
    }
}

/// Ends shields, too.
pub(crate) fn force(supervisor: &Arc<Owner>) {
    supervisor.force(); // first: see `follow`
    for owner in heads(supervisor) {
        owner.force();
    }
}

/// Has a supervisor that was just linked do as all those that a ladder has reached already.
pub(crate) fn follow(supervisor: &Arc<Owner>) {
    let mut top = Arc::clone(supervisor);
    while let Some(above) = top.parent_owner() {
        top = above;
    }
    let Some(chief) = top.chief() else {
        return;
    };
    if let (Some(above), Some(below)) = (&chief.supervision, &supervisor.supervision) {
        let reached = above.progress().borrow().reached;
        (1..=reached).for_each(|rung| below.announce(rung));
    }
    if chief.is_forced() {
        supervisor.force();
    } else if chief.is_cancelled() {
        supervisor.cancel(CancelReason::Shutdown);
    }
}

/// The tasks that are alive, by what is known of each.
pub(crate) fn living(supervisor: &Arc<Owner>) -> Vec<TaskInfo> {
    let mut living = Vec::new();
    for owner in all(supervisor) {
        if let Some(own) = owner.named() {
            living.extend(own);
            continue;
        }
        let (places, unknown) = owner.suspended();
        let name = owner.name().unwrap_or("a child of a scope");
        living.extend(places.into_iter().map(|place| TaskInfo { id: None, name, place }));
        let name = owner.name().unwrap_or("a scope with a child that never was suspended");
        living.extend((0..unknown).map(|_| TaskInfo { id: None, name, place: owner.place }));
    }
    living
}

/// The tasks that were forced and that no report has named.
pub(crate) fn take_forced(supervisor: &Arc<Owner>) -> Vec<TaskInfo> {
    let heads = heads(supervisor);
    let supervisions = heads.iter().filter_map(|owner| owner.supervision.as_deref());
    supervisions.flat_map(Supervision::take_forced).collect()
}
