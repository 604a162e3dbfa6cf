//! The ownership core: who owns a task, and when an owner has ended.
//!
//! An [`Owner`] is one allocation. Its [`Word`] holds how many tasks it owns and in which phase it
//! is; one lock guards what is needed to reach those that are suspended, the links to sub-scopes,
//! and what the scope will end with. The files: `word` counts, `class` says what ends a task, `tasks`
//! registers and wakes (in `slots`, and in `living` where each task has a name), `tree` links owners
//! and passes tasks on, `supervisors` links those that live, `values` knows what waits in handles,
//! `generation` is about `cancel_children`, `cause` about what a scope ends with, `end` about the way
//! from the last task to the end.
//!
//! # Invariants
//!
//! 1. A task is in the count of exactly one owner from before it can run until its future, and a
//!    value that needs dropping, are gone (R1).
//! 2. A waker leaves the slots only after the flag that ends *its* task is set; who registers looks
//!    at the flags under the lock. So no task sleeps through its cancellation.
//! 3. `FG_SUBS` and `BG_SUBS` change under the lock, with the list that they describe.
//! 4. A link is settled by the one who takes it out of the state of the owner below.
//!
//! # Deadlock safety
//!
//! No code holds the locks of two owners, and none runs a waker, a destructor of a user's value or
//! any other foreign code under a lock. Trees are walked in loops: a chain of ten thousand scopes
//! needs no stack.

mod cause;
mod class;
mod end;
mod generation;
mod living;
#[cfg(all(test, foster_loom))]
pub(crate) mod models;
mod slots;
mod supervisors;
mod tasks;
mod tree;
mod values;
mod word;

use std::sync::{Arc, Weak};
use std::task::Waker;

use tokio::sync::Notify;

use crate::failure::TaskInfo;
use crate::panics::Payload;
use crate::supervision::Supervision;
use crate::sync::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, Lock, Ordering};
pub(crate) use cause::Why;
pub(crate) use class::{Class, Key, Tag};
use living::Living;
pub(crate) use slots::Slots;
use supervisors::Above;
pub(crate) use supervisors::removals;
pub(crate) use tasks::{Place, Registered};
use tree::{Link, Parent, Sub};
use values::Values;
pub(crate) use word::Side;
use word::{CANCELLED, CLOSED, DRAINING, FORCED, Word};

/// A task that an owner has counted, and that is about to start.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) owner: Arc<Owner>,
    pub(crate) tag: Tag,
    pub(crate) key: Key,
}

impl Entered {
    #[inline]
    fn new(owner: Arc<Owner>, tag: Tag) -> Self {
        Self { owner, tag, key: Key::NONE }
    }

    /// For a shield, which no generation ends.
    pub(crate) fn shield(owner: Arc<Owner>, side: Side) -> Self {
        Self::new(owner, Tag::new(Class::shield(side), 0))
    }

    /// Gives the owner the name of the task, if it tells of each.
    pub(crate) fn announced(self, task: TaskInfo) -> Self {
        let key = self.owner.announce(self.tag.class(), task);
        Self { key, ..self }
    }
}

/// An owner of tasks: a scope, a supervisor or the process root.
#[derive(Debug)]
pub(crate) struct Owner {
    word: Word,
    /// Counts `cancel_children`, up to [`GENERATIONS`]; a task of another generation ends at its next
    /// poll. Twelve bits keep the wrapper small.
    generation: AtomicU16,
    /// The code of the reason why it was cancelled first; 0 before that.
    reason: AtomicU8,
    /// Whether a task was started in this generation.
    started: AtomicBool,
    state: Lock<State>,
    /// How many foreground tasks are shields.
    shields: AtomicU32,
    values: Values,
    is_root: bool,
    pub(crate) place: Place,
    pub(crate) supervision: Option<Box<Supervision>>,
}

/// What the lock guards.
#[derive(Debug)]
struct State {
    name: Option<&'static str>,
    /// Suspended tasks, shields excepted; those of an owner that tells of each are in `living`.
    tasks: Slots<Registered, 3>,
    subs: Slots<Sub, 1>,
    /// The owner above, for good; set at the first poll, or when it is first asked for.
    parent: Option<Parent>,
    /// How many sub-scopes are linked per side, adopted ones excepted.
    linked: [u32; 2],
    /// No task lives of a generation before this one.
    oldest: u16,
    /// The link to the owner that counts, or would count, this one's tasks.
    link: Option<Link>,
    /// The scope future, to be woken for a cancellation and, when parked, for the end.
    waiter: Option<Waker>,
    /// Of a supervisor, and of the root.
    living: Option<Box<Living>>,
    /// What most owners never have.
    rare: Option<Box<Rare>>,
}

#[derive(Debug)]
struct Rare {
    shields: Slots<Registered, 0>,
    /// Tells who watches that no task is left.
    emptied: Arc<Notify>,
    why: Option<Why>,
    panic: Option<(Payload, TaskInfo)>,
    /// The root's: the supervisor of its `#[foster::test]`, which answers for what no other does.
    chief: Weak<Owner>,
    /// The living supervisors below that no other supervisor stands between.
    supervisors: Slots<Arc<Owner>, 0>,
    /// A living supervisor's own place in such a list.
    above: Option<Above>,
    /// The supervisor has ended: the list takes no more.
    takes_none: bool,
}

impl State {
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(|| {
            Box::new(Rare {
                shields: Slots::new(),
                emptied: Arc::default(),
                why: None,
                panic: None,
                chief: Weak::new(),
                supervisors: Slots::new(),
                above: None,
                takes_none: false,
            })
        })
    }
}

impl Owner {
    /// A scope or, with its `supervision`, a supervisor.
    pub(crate) fn new(place: Place, supervision: Option<Box<Supervision>>) -> Arc<Self> {
        Arc::new(Self::with(place, supervision, false))
    }

    /// The owner of last resort, which never ends.
    pub(crate) fn new_root(place: Place) -> Arc<Self> {
        Arc::new(Self::with(place, None, true))
    }

    fn with(place: Place, supervision: Option<Box<Supervision>>, is_root: bool) -> Self {
        let tells_of_each = is_root || supervision.is_some();
        Self {
            word: Word::new(),
            generation: AtomicU16::new(0),
            reason: AtomicU8::new(0),
            started: AtomicBool::new(false),
            shields: AtomicU32::new(0),
            values: Values::new(),
            state: Lock::new(State {
                name: None,
                tasks: Slots::new(),
                subs: Slots::new(),
                linked: [0; 2],
                oldest: 0,
                parent: None,
                link: None,
                waiter: None,
                living: tells_of_each.then(|| Box::new(Living::new())),
                rare: None,
            }),
            is_root,
            place,
            supervision,
        }
    }

    pub(crate) fn set_name(&self, name: &'static str) {
        self.state.lock().name = Some(name);
    }

    pub(crate) fn name(&self) -> Option<&'static str> {
        self.state.lock().name
    }

    /// How many tasks are alive.
    pub(crate) fn live(&self) -> usize {
        self.word.load().tasks()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.word.load().has(CANCELLED)
    }

    pub(crate) fn is_forced(&self) -> bool {
        self.word.load().has(FORCED)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.word.load().has(CLOSED)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.is_root
    }

    /// Whether a child's panic is the owner's own: neither a supervisor nor the root.
    pub(crate) fn is_lexical(&self) -> bool {
        !self.is_root && self.supervision.is_none()
    }

    /// Whether the body still runs or a foreground task lives that is no shield, here or in a scope
    /// that was passed on to this owner.
    pub(crate) fn can_cancel_foreground(&self) -> bool {
        let mut next = Vec::new();
        if self.has_foreground_beside(&mut next) {
            return true;
        }
        while let Some(owner) = next.pop() {
            if owner.has_foreground_beside(&mut next) {
                return true;
            }
        }
        false
    }

    /// Whether the body still runs or a foreground task lives that is neither a shield nor stands for
    /// a scope that was passed on; those scopes are collected.
    fn has_foreground_beside(&self, adopted: &mut Vec<Arc<Self>>) -> bool {
        // Ordering: Acquire pairs with `count_shield`; a shield that starts or ends meanwhile makes
        // this a guess, as the bound that asks is one.
        let shields = self.shields.load(Ordering::Acquire);
        if !self.word.load().has_more_foreground_than(shields) {
            return false;
        }
        let known = adopted.len();
        self.collect_subs(adopted, |sub| sub.stands_for(Side::Foreground));
        let beside = u32::try_from(adopted.len() - known).unwrap_or(u32::MAX);
        self.word.load().has_more_foreground_than(shields.saturating_add(beside))
    }

    /// A shield of the foreground starts or has ended.
    pub(crate) fn count_shield(&self, starts: bool) {
        // Ordering: Release: for `can_cancel_foreground`.
        if starts {
            self.shields.fetch_add(1, Ordering::Release);
        } else {
            self.shields.fetch_sub(1, Ordering::Release);
        }
    }

    /// Counts a task that the body starts, also when it will be cancelled at once. `None` when the
    /// owner is closed.
    #[track_caller]
    #[inline]
    pub(crate) fn enter(self: &Arc<Self>, class: Class) -> Option<Entered> {
        let tag = self.begin(class);
        if !self.word.enter(class.side()) {
            self.leave(class.side());
            return None;
        }
        Some(Entered::new(Arc::clone(self), tag))
    }

    /// Counts a task that is started from outside. `None` when the owner is closed, or about to be
    /// (R12).
    #[track_caller]
    pub(crate) fn enter_from_outside(self: &Arc<Self>) -> Option<Entered> {
        let tag = self.begin(Class::Foreground);
        let entered = self.word.enter_unless(Side::Foreground, CLOSED | CANCELLED | DRAINING);
        entered.then(|| Entered::new(Arc::clone(self), tag))
    }

    /// What a task is that is about to be counted.
    #[inline]
    fn begin(&self, class: Class) -> Tag {
        // The generation first: a task that `cancel_children` counts is then one that it ends.
        let tag = Tag::new(class, self.generation());
        // Then the mark, which a `cancel_generation` that has made this generation took away before.
        // Ordering: Relaxed: published by the count, which the flag of the next one follows.
        self.started.store(true, Ordering::Relaxed);
        tag
    }
}

impl Drop for Owner {
    /// Lets go of the chain of parents in a loop: each link's own drop would recurse.
    fn drop(&mut self) {
        let mut next = self.state.get_mut().parent.take();
        while let Some(mut owner) = next.and_then(|parent| Arc::into_inner(parent.owner)) {
            next = owner.state.get_mut().parent.take();
        }
    }
}
