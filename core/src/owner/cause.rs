//! What a scope ends with, if not with its body's value: the first error, panic or bound.

use std::sync::Arc;

use super::Owner;
use crate::failure::{Cause, Failure, FailureKind, Panic, TaskInfo};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::settle;
use crate::supervision;

/// Why a scope ends before its body does.
#[derive(Debug)]
pub(crate) enum Why {
    /// A child failed.
    Failed(Cause, TaskInfo),
    /// The body returned an error; it is with the scope future.
    Body,
    /// A bound was reached.
    Interrupted(crate::Interrupted),
}

impl Why {
    fn reason(&self) -> CancelReason {
        match self {
            Self::Failed(..) | Self::Body => CancelReason::Failed,
            Self::Interrupted(bound) => bound.reason(),
        }
    }
}

impl Owner {
    /// Notes why the scope ends, and cancels it. The first reason stays: a later one comes back.
    pub(crate) fn stop(self: &Arc<Self>, why: Why) -> Result<(), Why> {
        let reason = why.reason();
        let mut state = self.state.lock();
        let slot = &mut state.rare().why;
        let first = slot.is_none();
        let why = if first { slot.replace(why) } else { Some(why) };
        drop(state);
        self.cancel(reason);
        why.map_or(Ok(()), Err)
    }

    /// Notes that a task panicked, and cancels the rest (R4). The first payload stays: a later one
    /// comes back.
    pub(crate) fn panicked(
        self: &Arc<Self>,
        payload: Payload,
        task: TaskInfo,
    ) -> Result<(), Payload> {
        let mut state = self.state.lock();
        let slot = &mut state.rare().panic;
        let later = if slot.is_none() {
            *slot = Some((payload, task));
            None
        } else {
            Some(payload)
        };
        drop(state);
        self.cancel(CancelReason::Failed);
        later.map_or(Ok(()), Err)
    }

    /// Takes what a scope ends with, if not with its body's value.
    pub(crate) fn take_verdict(&self) -> (Option<(Payload, TaskInfo)>, Option<Why>) {
        if !self.is_cancelled() {
            return (None, None); // either comes with a cancellation
        }
        let mut state = self.state.lock();
        let rare = state.rare.as_mut();
        rare.map_or((None, None), |rare| (rare.panic.take(), rare.why.take()))
    }

    /// Reports what the scope would have ended with, when its future is gone: nothing is silent.
    pub(super) fn report_unread(self: &Arc<Self>) {
        let (panic, why) = self.take_verdict();
        if let Some((payload, task)) = panic {
            supervision::report(self, Failure::new(FailureKind::Panic(Panic::new(payload)), task));
        }
        if let Some(Why::Failed(cause, task)) = why {
            let text = panics::catch(|| format!("{cause:?}"));
            let dropped = panics::catch(|| drop(cause));
            let kind = match text {
                Ok(text) => FailureKind::Error(text.into()),
                Err(payload) => FailureKind::Panic(Panic::new(payload)),
            };
            supervision::report(self, Failure::new(kind, task));
            if let Err(payload) = dropped {
                settle::discard(&task, payload);
            }
        }
    }
}
