//! How a scope ends: what its policy and its bounds make of the outcome.

use std::any::type_name;
use std::fmt::Debug;

use crate::failure::{Cause, Interrupted};
use crate::limit::{Bounded, Unbounded};
use crate::policy::{FailFast, Plain, Policy, Unnamed};

/// How a scope turned out, before its policy has the last word.
#[derive(Debug)]
pub enum Ending<O> {
    /// The body's output.
    Body(O),
    /// A child's error.
    Failed(Cause),
    /// A bound that was reached.
    Interrupted(Interrupted),
}

/// The text of the error in a body's output.
pub(crate) fn error_text<T, E: Debug>(output: &Result<T, E>) -> Option<String> {
    output.as_ref().err().map(|error| format!("{error:?}"))
}

/// What is known of the error in a body's output that has no text.
pub(crate) fn error_name<T, E>(output: &Result<T, E>) -> Option<String> {
    output.as_ref().err().map(|_| format!("a `{}`, which is not `Debug`", type_name::<E>()))
}

/// An output that is no error, whatever it is.
pub(crate) fn no_error<O>(_: &O) -> Option<String> {
    None
}

/// Gives a scope's output, for a body's output `O` and the bounds `L`.
#[diagnostic::on_unimplemented(
    message = "the body of this scope cannot output `{O}`",
    note = "the body of `try_scope!` outputs a `Result`",
    note = "the error of a bounded `try_scope!` implements `From<foster::Interrupted>`"
)]
pub trait Close<O, L>: Policy {
    /// The output of the scope.
    type Output;

    #[doc(hidden)]
    fn is_failure(output: &O) -> bool;

    #[doc(hidden)]
    fn close(ending: Ending<O>) -> Option<Self::Output>;
}

impl<T> Close<T, Unbounded> for Plain {
    type Output = T;

    fn is_failure(_: &T) -> bool {
        false
    }

    fn close(ending: Ending<T>) -> Option<T> {
        match ending {
            Ending::Body(value) => Some(value),
            Ending::Failed(_) | Ending::Interrupted(_) => None,
        }
    }
}

impl<T> Close<T, Bounded> for Plain {
    type Output = Result<T, Interrupted>;

    fn is_failure(_: &T) -> bool {
        false
    }

    fn close(ending: Ending<T>) -> Option<Result<T, Interrupted>> {
        match ending {
            Ending::Body(value) => Some(Ok(value)),
            Ending::Interrupted(bound) => Some(Err(bound)),
            Ending::Failed(_) => None,
        }
    }
}

impl<T, E: 'static> Close<Result<T, E>, Unbounded> for FailFast<E> {
    type Output = Result<T, E>;

    fn is_failure(output: &Result<T, E>) -> bool {
        output.is_err()
    }

    fn close(ending: Ending<Result<T, E>>) -> Option<Result<T, E>> {
        match ending {
            Ending::Body(result) => Some(result),
            Ending::Failed(cause) => cause.into_error().map(Err),
            Ending::Interrupted(_) => None,
        }
    }
}

impl<T, E: From<Interrupted> + 'static> Close<Result<T, E>, Bounded> for FailFast<E> {
    type Output = Result<T, E>;

    fn is_failure(output: &Result<T, E>) -> bool {
        output.is_err()
    }

    fn close(ending: Ending<Result<T, E>>) -> Option<Result<T, E>> {
        match ending {
            Ending::Interrupted(bound) => Some(Err(bound.into())),
            ending => <Self as Close<Result<T, E>, Unbounded>>::close(ending),
        }
    }
}

impl<T, E> Close<Result<T, E>, Unbounded> for Unnamed {
    type Output = Result<T, E>;

    fn is_failure(output: &Result<T, E>) -> bool {
        output.is_err()
    }

    fn close(ending: Ending<Result<T, E>>) -> Option<Result<T, E>> {
        match ending {
            Ending::Body(result) => Some(result),
            Ending::Failed(_) | Ending::Interrupted(_) => None,
        }
    }
}
