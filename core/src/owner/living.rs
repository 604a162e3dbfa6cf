//! The own tasks of an owner that tells of each by its name: a supervisor, or the root.

use std::task::Waker;

use super::{Class, Key, Owner, Slots};
use crate::failure::TaskInfo;

/// The tasks that are alive, each from its start.
#[derive(Debug)]
pub(super) struct Living {
    pub(super) tasks: Slots<Named, 0>,
    pub(super) shields: Slots<Named, 0>,
}

/// A task by its name and, once it runs, how to reach it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) waker: Option<Waker>,
    task: TaskInfo,
}

impl Living {
    pub(super) fn new() -> Self {
        Self { tasks: Slots::new(), shields: Slots::new() }
    }

    #[inline]
    fn slots(&mut self, class: Class) -> &mut Slots<Named, 0> {
        if class.is_shield() { &mut self.shields } else { &mut self.tasks }
    }

    /// The task is about to run.
    #[inline]
    pub(super) fn register(&mut self, class: Class, key: Key, waker: Option<Waker>) -> Key {
        if let Some(named) = self.slots(class).get_mut(key.slot()) {
            named.waker = waker;
            named.task.id = tokio::task::try_id();
        }
        Key::registered(key.slot())
    }

    /// Takes the entry of a task that has ended; yields its waker.
    #[inline]
    pub(super) fn remove(&mut self, class: Class, key: Key) -> Option<Waker> {
        self.slots(class).remove(key.slot())?.waker
    }
}

impl Owner {
    /// Enters a task that is about to start, where each has a name.
    pub(crate) fn announce(&self, class: Class, task: TaskInfo) -> Key {
        if self.is_lexical() {
            return Key::NONE;
        }
        let mut state = self.state.lock();
        let Some(living) = &mut state.living else {
            return Key::NONE;
        };
        Key::fresh(living.slots(class).insert(Named { waker: None, task }))
    }

    /// The own tasks, where each has a name.
    pub(crate) fn named(&self) -> Option<Vec<TaskInfo>> {
        let state = self.state.lock();
        let living = state.living.as_ref()?;
        let all = living.tasks.iter().chain(living.shields.iter());
        Some(all.map(|named| named.task).collect())
    }
}
