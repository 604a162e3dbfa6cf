//! The ambient owner (R8): which owner the code that runs now belongs to, and whether it is being
//! dropped.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::owner::{Class, Owner, Tag};
use crate::reason::CancelReason;

/// What the code that runs now belongs to: two cells, each of which moves as one word.
struct Ambient {
    owner: Cell<Slot>,
    work: Cell<Work>,
}

type Slot = ManuallyDrop<Option<Arc<Owner>>>;

thread_local! {
    /// Without a destructor, so that an access need not look whether that has run. There is nothing
    /// to drop when a thread ends: each use puts back what it found.
    static AMBIENT: Ambient = const {
        Ambient {
            owner: Cell::new(ManuallyDrop::new(None)),
            work: Cell::new(Work::body(Class::Foreground)),
        }
    };
}

/// The work that runs, in the eyes of its owner. Packed, as each poll puts it in its place and takes
/// it away again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work(u32);

impl Work {
    /// Set in a task. A body has no generation: no `cancel_children` ends it.
    const TASK: u32 = 1 << 16;

    /// Where the code of the reason is why it was cancelled; 0 while it was not.
    const ENDING: u32 = 24;

    /// A task.
    #[inline]
    pub(crate) fn task(tag: Tag) -> Self {
        Self(u32::from(tag.bits()) | Self::TASK)
    }

    /// A body, or other work that is no task.
    #[inline]
    pub(crate) const fn body(class: Class) -> Self {
        Self(class as u32)
    }

    /// The same while it is dropped: in the class of a shield.
    fn ending(self, reason: CancelReason) -> Self {
        let class = Class::shield(self.class().side());
        let tag = Tag::new(class, self.tag().generation());
        let ending = u32::from(reason.code()) << Self::ENDING;
        Self(u32::from(tag.bits()) | (self.0 & Self::TASK) | ending)
    }

    fn tag(self) -> Tag {
        let [low, high, ..] = self.0.to_le_bytes();
        Tag::from_bits(u16::from_le_bytes([low, high]))
    }

    pub(crate) fn class(self) -> Class {
        self.tag().class()
    }

    /// Of the task; `None` in a body.
    pub(crate) fn generation(self) -> Option<u16> {
        (self.0 & Self::TASK != 0).then(|| self.tag().generation())
    }

    /// As a task: a body is one of every generation.
    pub(crate) fn as_task_of(self, owner: &Owner) -> Tag {
        let generation = self.generation().unwrap_or_else(|| owner.generation());
        Tag::new(self.class(), generation)
    }

    /// Why the work was cancelled whose destructors run.
    pub(crate) fn ended_by(self) -> Option<CancelReason> {
        let [.., code] = self.0.to_le_bytes();
        CancelReason::from_code(code)
    }
}

/// Puts back what was ambient before, also when the work that it was changed for unwinds.
struct Restore(Slot, Work);

impl Restore {
    #[inline]
    fn replace(owner: Arc<Owner>, work: Work) -> Self {
        AMBIENT.with(|ambient| {
            let outer = ambient.owner.replace(ManuallyDrop::new(Some(owner)));
            Self(outer, ambient.work.replace(work))
        })
    }

    /// Yields the owner that was ambient until now.
    #[inline]
    fn put_back(self) -> Option<Arc<Owner>> {
        ManuallyDrop::new(self).swap()
    }

    #[inline]
    fn swap(&mut self) -> Option<Arc<Owner>> {
        let outer = ManuallyDrop::new(self.0.take());
        let inner = AMBIENT.with(|ambient| {
            ambient.work.set(self.1);
            ambient.owner.replace(outer)
        });
        ManuallyDrop::into_inner(inner)
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        drop(self.swap());
    }
}

/// Runs some work of an owner, with that ambient, and gives it back.
///
/// The reference moves into the thread local and out again, so that a poll costs no count.
#[inline]
pub(crate) fn with<R>(owner: Arc<Owner>, work: Work, run: impl FnOnce() -> R) -> (Arc<Owner>, R) {
    let restore = Restore::replace(owner, work);
    let result = run();
    (restore.put_back().expect("each use puts back what it found"), result)
}

/// Looks at what is ambient; `look` must neither panic nor run code that asks for it.
pub(crate) fn inspect<R>(look: impl FnOnce(&Arc<Owner>, Work) -> R) -> Option<R> {
    AMBIENT.with(|ambient| {
        // Taken and put back: a `Cell` can only be looked into by moving.
        let owner = ambient.owner.replace(ManuallyDrop::new(None));
        let seen = owner.as_ref().map(|owner| look(owner, ambient.work.get()));
        ambient.owner.set(owner);
        seen
    })
}

/// The ambient owner.
pub(crate) fn owner() -> Option<Arc<Owner>> {
    inspect(|owner, _| Arc::clone(owner))
}

/// The ambient owner and the class of the work that asks.
pub(crate) fn current() -> Option<(Arc<Owner>, Class)> {
    inspect(|owner, work| (Arc::clone(owner), work.class()))
}

/// Whether the code that runs is about to be dropped: its own task, or the body that it is in, has to
/// end. A destructor is not, nor is a task that foster has not started: they run to their end.
pub(crate) fn is_ending() -> bool {
    let ends = |owner: &Arc<Owner>, work: Work| {
        work.ended_by().is_none() && owner.ends(work.as_task_of(owner))
    };
    inspect(ends).unwrap_or(false)
}

/// Drops what was cancelled: its destructors see the reason.
///
/// What they start and wait for is not cancelled with the work around them, as in a shield: who
/// waits in a destructor is not dropped.
pub(crate) fn while_ending<R>(reason: CancelReason, work: impl FnOnce() -> R) -> R {
    struct Marked(Work);

    impl Drop for Marked {
        fn drop(&mut self) {
            AMBIENT.with(|ambient| ambient.work.set(self.0));
        }
    }

    let _marked = AMBIENT.with(|ambient| {
        let before = ambient.work.get();
        ambient.work.set(before.ending(reason));
        Marked(before)
    });
    work()
}
