//! Why work is cancelled: what a destructor can ask, and a blocking child.

use std::fmt;

use crate::ambient;
use crate::owner::Owner;

/// Says why a task or a scope was cancelled (R5). Of several causes the first counts.
///
/// # Examples
///
/// ```
/// use foster::{CancelReason, cancel_reason};
///
/// struct Upload;
///
/// impl Drop for Upload {
///     fn drop(&mut self) {
///         if cancel_reason() == Some(CancelReason::Shutdown) {
///             // leave a note for the next start
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelReason {
    /// A sibling, or the body, failed or panicked (R3, R4).
    Failed,
    /// The time of a `within` was over.
    Elapsed,
    /// The token of a `cancelled_by` was cancelled.
    Token,
    /// A supervisor's ladder came to its cancel rung, or to a task's own grace (R11).
    Shutdown,
    /// The future of a scope, or the value of a supervisor, was dropped or forgotten (R2).
    Dropped,
    /// A helper's scope needs it no longer: the body and all other children have ended (R6).
    Finished,
    /// [`Handle::cancel`](crate::Handle::cancel) or
    /// [`Scope::cancel_children`](crate::Scope::cancel_children); or the runtime was shut down.
    ByHand,
}

impl CancelReason {
    /// In the order of their codes, which start at 1.
    const ALL: [Self; 7] = [
        Self::Failed,
        Self::Elapsed,
        Self::Token,
        Self::Shutdown,
        Self::Dropped,
        Self::Finished,
        Self::ByHand,
    ];

    /// What an owner keeps; never 0.
    pub(crate) fn code(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "a sibling failed",
            Self::Elapsed => "the time limit elapsed",
            Self::Token => "cancelled by a token",
            Self::Shutdown => "shut down",
            Self::Dropped => "the owner was dropped",
            Self::Finished => "no longer needed",
            Self::ByHand => "cancelled by hand",
        })
    }
}

/// Returns why the work that runs here is cancelled; `None` when it is not, or outside of foster.
///
/// In a destructor it tells a cancellation from a normal end. In a child that blocks it is how to
/// learn of one at all: a thread cannot be cancelled, only asked to end. In a shield it is `None`
/// until the last rung of a ladder (R7).
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::time::Duration;
///
/// let counted = foster::scope!(|s| {
///     s.spawn_blocking(|| {
///         let mut files = 0;
///         while !foster::is_cancelled() {
///             files += 1; // one more
///         }
///         files
///     })
///     .await
/// })
/// .within(Duration::from_millis(10))
/// .await;
/// assert_eq!(counted, Err(foster::Interrupted::Elapsed));
/// # }
/// ```
pub fn cancel_reason() -> Option<CancelReason> {
    ambient::inspect(|owner, work| {
        work.ended_by().or_else(|| owner.ended_by(work.as_task_of(owner)))
    })?
}

/// Returns whether the work that runs here is cancelled: as [`cancel_reason`], for children that
/// block.
pub fn is_cancelled() -> bool {
    cancel_reason().is_some()
}

/// The reason for what an owner cancels because its own future is dropped: that of the drop around
/// it, if that is itself a cancellation.
pub(crate) fn of_drop() -> CancelReason {
    ambient::inspect(|_, work| work.ended_by()).flatten().unwrap_or(CancelReason::Dropped)
}

/// Drops the parts of a cancelled owner.
pub(crate) fn while_owner_ends<R>(owner: &Owner, work: impl FnOnce() -> R) -> R {
    ambient::while_ending(owner.reason().unwrap_or(CancelReason::Dropped), work)
}
