//! Policies: what a child's output means to its owner.

use std::convert::Infallible;
use std::fmt::Debug;
use std::marker::PhantomData;

use crate::failure::{BoxError, Cause};

/// Decides what happens when a child fails: [`Plain`], [`FailFast`] or [`Isolate`].
///
/// The trait is sealed: these three are all.
pub trait Policy: sealed::Sealed {
    /// Whether a failure is reported instead of ending the scope.
    #[doc(hidden)]
    const ISOLATES: bool = false;
}

/// The policy of `scope!`: a child's output is a plain value, an `Err` among them.
#[derive(Debug)]
pub struct Plain(());

/// The policy of `try_scope!`: the first `Err` cancels the rest and is what the scope ends with (R3).
#[derive(Debug)]
pub struct FailFast<E>(PhantomData<fn() -> E>);

/// The policy of supervisors: a failure is reported and harms nobody else (R3).
#[derive(Debug)]
pub struct Isolate(());

/// The policy of a `#[supervised]` function that returns a `Result` and does not name its scope.
/// What its body starts through [`Spawner::current`](crate::Spawner::current) cannot fail it, so
/// the only `Err` is the body's, which cancels the rest; that one need not be `'static`.
#[derive(Debug)]
pub struct Unnamed(());

impl Policy for Plain {}
impl<E> Policy for FailFast<E> {}
impl Policy for Unnamed {}
impl Policy for Isolate {
    const ISOLATES: bool = true;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
    impl Sealed for super::Plain {}
    impl<E> Sealed for super::FailFast<E> {}
    impl Sealed for super::Isolate {}
    impl Sealed for super::Unnamed {}
}

/// The output of a child that is run for its value, under the policy `P`.
#[diagnostic::on_unimplemented(
    message = "a child with the output `{Self}` cannot be spawned under this policy",
    label = "its output is `{Self}`",
    note = "a child of `try_scope!` or of a supervisor outputs a `Result`: write `Ok(value)`",
    note = "its error is `Debug + Send + 'static`, and the scope's error implements `From` of it"
)]
pub trait Outcome<P>: Send + 'static {
    /// What the handle yields.
    type Value: Send + 'static;
    /// What the child may fail with.
    type Error: Debug + Send + 'static;

    /// Separates value and failure.
    ///
    /// # Errors
    ///
    /// Returns the child's error, when the output is one under this policy.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    #[doc(hidden)]
    fn into_cause(error: Self::Error) -> Cause;
}

/// The output of a child that is run for its effect, under the policy `P`.
#[diagnostic::on_unimplemented(
    message = "a child with the output `{Self}` cannot be launched under this policy",
    label = "its output is `{Self}`",
    note = "a launched child outputs `()`; under `try_scope!` or a supervisor also `Result<(), _>`",
    note = "use `spawn` for a value: its handle yields it"
)]
pub trait Effect<P>: Send + 'static {
    #[doc(hidden)]
    fn into_effect(self) -> Result<(), Cause>;
}

/// The type `!`, which stable Rust can name only like this.
pub(crate) type Never = <fn() -> ! as Returns>::Output;

/// Names the return type of a function.
#[expect(unnameable_types, reason = "`!` is what is named with it")]
pub trait Returns {
    /// That type.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

impl<T: Send + 'static> Outcome<Plain> for T {
    type Value = T;
    type Error = Infallible;

    fn into_result(self) -> Result<T, Infallible> {
        Ok(self)
    }

    fn into_cause(error: Infallible) -> Cause {
        match error {}
    }
}

impl<T, F, E> Outcome<FailFast<E>> for Result<T, F>
where
    T: Send + 'static,
    F: Debug + Send + 'static,
    E: From<F> + 'static,
{
    type Value = T;
    type Error = F;

    fn into_result(self) -> Self {
        self
    }

    fn into_cause(error: F) -> Cause {
        Cause::new(error, E::from)
    }
}

impl<T, F> Outcome<Isolate> for Result<T, F>
where
    T: Send + 'static,
    F: Into<BoxError> + Send + 'static,
{
    type Value = T;
    type Error = BoxError;

    fn into_result(self) -> Result<T, BoxError> {
        self.map_err(Into::into)
    }

    fn into_cause(error: BoxError) -> Cause {
        Cause::new(error, |error| error)
    }
}

impl Effect<Plain> for () {
    fn into_effect(self) -> Result<(), Cause> {
        Ok(())
    }
}

impl<E: 'static> Effect<FailFast<E>> for () {
    fn into_effect(self) -> Result<(), Cause> {
        Ok(())
    }
}

impl<F, E> Effect<FailFast<E>> for Result<(), F>
where
    F: Debug + Send + 'static,
    E: From<F> + 'static,
{
    fn into_effect(self) -> Result<(), Cause> {
        self.map_err(<Self as Outcome<FailFast<E>>>::into_cause)
    }
}

impl Effect<Isolate> for () {
    fn into_effect(self) -> Result<(), Cause> {
        Ok(())
    }
}

impl<F: Into<BoxError> + Send + 'static> Effect<Isolate> for Result<(), F> {
    fn into_effect(self) -> Result<(), Cause> {
        self.map_err(|error| <Self as Outcome<Isolate>>::into_cause(error.into()))
    }
}

impl Effect<Plain> for Never {
    fn into_effect(self) -> Result<(), Cause> {
        self
    }
}

impl<E: 'static> Effect<FailFast<E>> for Never {
    fn into_effect(self) -> Result<(), Cause> {
        self
    }
}

impl Effect<Isolate> for Never {
    fn into_effect(self) -> Result<(), Cause> {
        self
    }
}
