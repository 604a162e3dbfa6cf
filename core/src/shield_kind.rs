//! What a shield does with a value that nobody took: by the type of the value.

use std::fmt;
use std::marker::PhantomData;

use crate::failure::{BoxError, Interrupted};
use crate::shield::Shield;

/// Finds the error in a value that nobody took.
pub trait Kind<T>: 'static {
    #[doc(hidden)]
    fn into_error(value: T) -> Option<BoxError>;

    /// Whether the block failed.
    #[doc(hidden)]
    fn is_failure(_value: &T) -> bool {
        false
    }

    /// Whether the shield's own bound stopped it.
    #[doc(hidden)]
    fn is_interrupted(_value: &T) -> bool {
        false
    }
}

/// An untaken value of a shield is dropped: what a function cannot see to be a `Result`.
#[derive(Debug)]
pub struct Silent(());

/// An untaken `Err` of a shield is reported as it is.
#[derive(Debug)]
pub struct Boxes(());

/// An untaken `Err` of a shield is reported as its `Debug` text.
#[derive(Debug)]
pub struct Prints(());

/// A shield of the kind `K` with a time limit.
#[derive(Debug)]
pub struct InTime<K>(PhantomData<K>);

impl<T> Kind<T> for Silent {
    fn into_error(_: T) -> Option<BoxError> {
        None
    }
}

impl<T, E: Into<BoxError>> Kind<Result<T, E>> for Boxes {
    fn into_error(value: Result<T, E>) -> Option<BoxError> {
        value.err().map(Into::into)
    }

    fn is_failure(value: &Result<T, E>) -> bool {
        value.is_err()
    }
}

impl<T, E: fmt::Debug> Kind<Result<T, E>> for Prints {
    fn into_error(value: Result<T, E>) -> Option<BoxError> {
        value.err().map(|error| format!("{error:?}").into())
    }

    fn is_failure(value: &Result<T, E>) -> bool {
        value.is_err()
    }
}

impl<T, K: Kind<T>> Kind<Result<T, Interrupted>> for InTime<K> {
    fn into_error(value: Result<T, Interrupted>) -> Option<BoxError> {
        match value {
            Ok(value) => K::into_error(value),
            Err(interrupted) => Some(interrupted.into()),
        }
    }

    fn is_failure(value: &Result<T, Interrupted>) -> bool {
        value.as_ref().map_or(true, K::is_failure)
    }

    fn is_interrupted(value: &Result<T, Interrupted>) -> bool {
        value.is_err()
    }
}

/// Chooses the kind of a `shield!` by the type of its value, with method calls that find the first
/// that fits (autoref): an error that is one, an error that prints, or none.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// The probe for a block's value.
    pub fn of<F: Future<Output = T>>(_: &F) -> Self {
        Self(PhantomData)
    }
}

macro_rules! choose {
    ($($via:ident for $probe:ty, [$($generics:tt)*], $value:ty => $kind:ty;)*) => {$(
        /// One of the choices of [`Probe`].
        pub trait $via {
            /// The block's value.
            type Value;

            /// Makes the shield.
            #[track_caller]
            fn shield<F: Future<Output = Self::Value>>(&self, future: F) -> Shield<F, $kind>
            where
                $kind: Kind<Self::Value>;
        }

        impl<$($generics)*> $via for $probe {
            type Value = $value;

            fn shield<F: Future<Output = $value>>(&self, future: F) -> Shield<F, $kind> {
                Shield::new(None, future)
            }
        }
    )*};
}

choose! {
    ViaBoxes for &&Probe<Result<T, E>>, [T, E: Into<BoxError>], Result<T, E> => Boxes;
    ViaPrints for &Probe<Result<T, E>>, [T, E: fmt::Debug], Result<T, E> => Prints;
    ViaSilent for Probe<T>, [T], T => Silent;
}
