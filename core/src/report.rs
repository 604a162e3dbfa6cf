//! What a shutdown tells.

use std::fmt;
use std::time::Duration;

use crate::failure::TaskInfo;

/// How a supervisor's tasks ended, and which did not end by themselves.
#[derive(Clone, Debug)]
#[must_use = "a report says whether work was lost"]
#[non_exhaustive]
pub struct Report {
    /// The supervisor's name.
    pub name: String,
    /// How many of its tasks ended by themselves and well.
    pub finished: usize,
    /// How many returned an error.
    pub failed: usize,
    /// How many panicked.
    pub panicked: usize,
    /// How many were cancelled, shields that were forced included.
    pub cancelled: usize,
    /// The shields that the last rung stopped.
    pub forced: Vec<TaskInfo>,
    /// The tasks that could not be stopped, and were left to the process root: a poll that does not
    /// return, a blocking thread.
    pub abandoned: Vec<TaskInfo>,
    /// How long the shutdown took.
    pub elapsed: Duration,
}

impl Report {
    /// Returns whether no work was lost: nothing was forced, nothing abandoned.
    pub fn is_clean(&self) -> bool {
        self.forced.is_empty() && self.abandoned.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, finished, failed, panicked, cancelled, forced, abandoned, elapsed } = self;
        write!(f, "{name}: {finished} finished, {failed} failed, {panicked} panicked, ")?;
        write!(f, "{cancelled} cancelled, {} forced, ", forced.len())?;
        write!(f, "{} abandoned, in {elapsed:.1?}", abandoned.len())?;
        for task in forced {
            write!(f, "\n  forced: {task}")?;
        }
        for task in abandoned {
            write!(f, "\n  abandoned: {task}")?;
        }
        Ok(())
    }
}
