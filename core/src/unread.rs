//! What a scope would have ended with, when nobody is handed that.

use std::panic::resume_unwind;
use std::sync::Arc;

use crate::failure::{Failure, FailureKind, Origin, Panic};
use crate::owner::{Owner, Why};
use crate::panics::{self, Payload};
use crate::settle;
use crate::supervision;

/// Reports the body's error, when the future of its scope is gone.
pub(crate) fn report(
    owner: &Arc<Owner>,
    body: Origin,
    take_error: &mut dyn FnMut() -> Option<String>,
) {
    let kind = match panics::catch(take_error) {
        Ok(None) => return,
        Ok(Some(error)) => FailureKind::Error(error.into()),
        Err(payload) => FailureKind::Panic(Panic::new(payload)),
    };
    supervision::report(owner, Failure::new(kind, body.info()));
}

/// Resumes a panic, which outranks what else the scope would have ended with: that is traced.
///
/// `take_error` drops the body's output, and yields the text of the error in it.
pub(crate) fn resume(
    payload: Payload,
    body: Origin,
    why: Option<Why>,
    take_error: &mut dyn FnMut() -> Option<String>,
) -> ! {
    // Each with its own catch: a panic that meets another on its way would abort the process.
    match panics::catch(take_error) {
        Ok(Some(error)) => settle::outranked(&body.info(), Some(&error)),
        Ok(None) => {}
        Err(later) => settle::discard(&"a body's output", later),
    }
    if let Some(Why::Failed(cause, task)) = &why {
        let text = panics::catch(|| format!("{cause:?}"));
        let text = text.map_err(panics::drop_payload).ok();
        settle::outranked(task, text.as_deref());
    }
    if let Err(later) = panics::catch(|| drop(why)) {
        settle::discard(&"an error", later);
    }
    resume_unwind(payload);
}
