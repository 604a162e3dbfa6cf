//! The ambient owner (R8): which owner the code that runs now belongs to.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::owner::{Class, Owner};

/// The owner, the class of the work, and for a child that blocks its generation: no poll tells it
/// that `cancel_children` was called.
type Ambient = Option<(Arc<Owner>, Class, Option<u8>)>;

thread_local! {
    /// Without a destructor, so that an access need not look whether that has run. There is nothing
    /// to drop when a thread ends: each use puts back what it found.
    static AMBIENT: Cell<ManuallyDrop<Ambient>> = const { Cell::new(ManuallyDrop::new(None)) };
}

/// Runs `work`, which must not panic, with an ambient owner, and gives that back.
///
/// The reference moves into the thread local and out again, so that a poll costs no count.
#[inline]
pub(crate) fn with<R>(
    owner: Arc<Owner>,
    class: Class,
    work: impl FnOnce() -> R,
) -> (Arc<Owner>, R) {
    with_generation(owner, class, None, work)
}

/// As [`with`], for a child of a certain generation that blocks.
#[inline]
pub(crate) fn with_generation<R>(
    owner: Arc<Owner>,
    class: Class,
    generation: Option<u8>,
    work: impl FnOnce() -> R,
) -> (Arc<Owner>, R) {
    let outer = AMBIENT.replace(ManuallyDrop::new(Some((owner, class, generation))));
    let result = work();
    let inner = ManuallyDrop::into_inner(AMBIENT.replace(outer));
    let (owner, ..) = inner.expect("each use puts back what it found");
    (owner, result)
}

/// The ambient owner and the class of the work that asks.
pub(crate) fn current() -> Option<(Arc<Owner>, Class)> {
    inspect(|owner, class, _| (Arc::clone(owner), class))
}

/// Looks at the ambient owner; `look` must neither panic nor run code that asks for it.
pub(crate) fn inspect<R>(look: impl FnOnce(&Arc<Owner>, Class, Option<u8>) -> R) -> Option<R> {
    // Taken and put back: a `Cell` can only be looked into by moving.
    let ambient = AMBIENT.replace(ManuallyDrop::new(None));
    let seen = ambient.as_ref().map(|(owner, class, generation)| look(owner, *class, *generation));
    AMBIENT.set(ambient);
    seen
}

/// Whether the code that runs belongs to `owner`, or to an owner below it. To the root belongs all.
pub(crate) fn is_within(owner: &Arc<Owner>) -> bool {
    if owner.is_root() {
        return true;
    }
    let mut next = current().map(|(ambient, _)| ambient);
    while let Some(ambient) = next {
        if Arc::ptr_eq(&ambient, owner) {
            return true;
        }
        next = ambient.parent_owner().cloned();
    }
    false
}
