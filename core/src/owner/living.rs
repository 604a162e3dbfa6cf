//! The own tasks of an owner that tells of each by its name: a supervisor, or the root.

use super::Slots;
use crate::failure::TaskInfo;
use crate::sync::Lock;

/// The tasks that are alive, from their start.
#[derive(Debug)]
pub(crate) struct Living(Lock<Slots<TaskInfo, 0>>);

impl Living {
    pub(crate) fn new() -> Self {
        Self(Lock::new(Slots::new()))
    }

    pub(crate) fn register(&self, task: TaskInfo) -> u32 {
        self.0.lock().insert(task)
    }

    /// The task `key` runs for the first time.
    pub(crate) fn started(&self, key: u32) {
        if let Some(task) = self.0.lock().get_mut(key) {
            task.id = tokio::task::try_id();
        }
    }

    pub(crate) fn deregister(&self, key: u32) {
        self.0.lock().remove(key);
    }

    pub(crate) fn all(&self) -> Vec<TaskInfo> {
        self.0.lock().iter().copied().collect()
    }
}
