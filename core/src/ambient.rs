//! The ambient owner (R8): which owner the code that runs now belongs to, and whether it is being
//! dropped.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::owner::{Class, Owner};
use crate::reason::CancelReason;

/// What the code that runs now belongs to.
#[derive(Debug)]
pub(crate) struct Ambient {
    pub(crate) owner: Arc<Owner>,
    pub(crate) class: Class,
    /// Of the task; `None` in a body, which no `cancel_children` ends.
    pub(crate) generation: Option<u16>,
    /// Why the work was cancelled whose destructors run.
    pub(crate) ending: Option<CancelReason>,
}

type Slot = ManuallyDrop<Option<Ambient>>;

thread_local! {
    /// Without a destructor, so that an access need not look whether that has run. There is nothing
    /// to drop when a thread ends: each use puts back what it found.
    static AMBIENT: Cell<Slot> = const { Cell::new(ManuallyDrop::new(None)) };
}

/// Puts back what was ambient before, also when the work that it was changed for unwinds.
struct Restore(Option<Slot>);

impl Restore {
    #[inline]
    fn replace(ambient: Option<Ambient>) -> Self {
        Self(Some(AMBIENT.replace(ManuallyDrop::new(ambient))))
    }

    /// Puts it back; yields what was ambient until now.
    #[inline]
    fn put_back(&mut self) -> Option<Ambient> {
        let outer = self.0.take()?;
        ManuallyDrop::into_inner(AMBIENT.replace(outer))
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        drop(self.put_back());
    }
}

/// Runs the work of a task, with its owner ambient, and gives that back.
///
/// The reference moves into the thread local and out again, so that a poll costs no count.
#[inline]
pub(crate) fn with<R>(
    owner: Arc<Owner>,
    class: Class,
    generation: Option<u16>,
    work: impl FnOnce() -> R,
) -> (Arc<Owner>, R) {
    let mut restore = Restore::replace(Some(Ambient { owner, class, generation, ending: None }));
    let result = work();
    let inner = restore.put_back().expect("each use puts back what it found");
    (inner.owner, result)
}

/// Looks at what is ambient; `look` must not run code that asks for it.
pub(crate) fn inspect<R>(look: impl FnOnce(&mut Ambient) -> R) -> Option<R> {
    // Taken and put back: a `Cell` can only be looked into by moving.
    let mut ambient = ManuallyDrop::into_inner(AMBIENT.replace(ManuallyDrop::new(None)));
    let seen = ambient.as_mut().map(look);
    AMBIENT.set(ManuallyDrop::new(ambient));
    seen
}

/// The ambient owner.
pub(crate) fn owner() -> Option<Arc<Owner>> {
    inspect(|ambient| Arc::clone(&ambient.owner))
}

/// The ambient owner and the class of the work that asks.
pub(crate) fn current() -> Option<(Arc<Owner>, Class)> {
    inspect(|ambient| (Arc::clone(&ambient.owner), ambient.class))
}

/// Whether the code that runs is about to be dropped: its own task, or the body that it is in, has to
/// end. A destructor is not, nor is a task that foster has not started: they run to their end.
pub(crate) fn is_ending() -> bool {
    let ends = |ambient: &mut Ambient| {
        let Ambient { owner, class, generation, ending } = ambient;
        ending.is_none() && owner.ends(*class, generation.unwrap_or_else(|| owner.generation()))
    };
    inspect(ends).unwrap_or(false)
}

/// Drops what was cancelled: its destructors see the reason.
///
/// What they start and wait for is not cancelled with the work around them, as in a shield: who
/// waits in a destructor is not dropped.
pub(crate) fn while_ending<R>(reason: CancelReason, work: impl FnOnce() -> R) -> R {
    struct Marked(Option<(Class, Option<CancelReason>)>);

    impl Drop for Marked {
        fn drop(&mut self) {
            if let Some((class, ending)) = self.0 {
                inspect(|ambient| (ambient.class, ambient.ending) = (class, ending));
            }
        }
    }

    let _marked = Marked(inspect(|ambient| {
        let before = (ambient.class, ambient.ending);
        ambient.class = Class::shield(before.0.side());
        ambient.ending = Some(reason);
        before
    }));
    work()
}
