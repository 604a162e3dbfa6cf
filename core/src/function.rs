//! `#[supervised]`: functions whose body is a scope.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::close;
use crate::life::Life;
use crate::policy::{FailFast, Plain, Unnamed};
use crate::scope::Scope;
use crate::scope_future::ScopeFuture;

/// Opens the scope of a function that returns an `R`.
///
/// The methods for a `Result` hide those that `Deref` finds for all other types: first for an error
/// that has a text, then for any error, then for any type. So the type chooses the policy, also
/// behind an alias, and a type parameter is no `Result`.
pub struct Function<R>(FallibleFunction<R>);

/// Opens the scope of a function that returns an `R`, whose error need not have a text.
pub struct FallibleFunction<R>(PlainFunction<R>);

/// Opens the scope of a function that returns an `R`, whatever that is.
pub struct PlainFunction<R>(PhantomData<fn() -> R>);

impl<R> Function<R> {
    /// The function.
    pub const NEW: Self = Self(FallibleFunction(PlainFunction::NEW));
}

impl<R> PlainFunction<R> {
    /// The function.
    pub const NEW: Self = Self(PhantomData);
}

impl<R> Deref for Function<R> {
    type Target = FallibleFunction<R>;

    fn deref(&self) -> &FallibleFunction<R> {
        &self.0
    }
}

impl<R> Deref for FallibleFunction<R> {
    type Target = PlainFunction<R>;

    fn deref(&self) -> &PlainFunction<R> {
        &self.0
    }
}

macro_rules! fallible {
    ($($function:ty, [$($bound:tt)*], $error_of:expr;)*) => {$(
        impl<T, E: $($bound)*> $function {
            /// Makes the body a fail-fast scope that does not interleave, and so needs no lifetime.
            pub fn named<F, B>(
                &self,
                life: Life<'static>,
                body: F,
            ) -> ScopeFuture<'static, FailFast<E>, B>
            where
                F: FnOnce(Scope<'static, FailFast<E>>) -> B,
                B: Future<Output = Result<T, E>>,
                E: 'static,
            {
                ScopeFuture::around(life, None, $error_of, body)
            }

            /// Makes the body a fail-fast scope that may interleave.
            #[track_caller]
            pub fn interleaving<'env, F, B>(
                &self,
                name: &'static str,
                body: F,
            ) -> ScopeFuture<'env, FailFast<E>, B>
            where
                F: FnOnce(Scope<'env, FailFast<E>>) -> B,
                B: Future<Output = Result<T, E>>,
                E: 'static,
            {
                ScopeFuture::new(true, $error_of, body).named(name)
            }

            /// Makes the body a scope without a name, whose error may borrow.
            #[inline(always)]
            pub fn unnamed<B>(
                &self,
                life: Life<'static>,
                body: B,
            ) -> ScopeFuture<'static, Unnamed, B>
            where
                B: Future<Output = Result<T, E>>,
            {
                ScopeFuture::of(life, body, $error_of)
            }
        }
    )*};
}

fallible! {
    Function<Result<T, E>>, [fmt::Debug], close::error_text;
    FallibleFunction<Result<T, E>>, [Sized], close::error_name;
}

impl<R> PlainFunction<R> {
    /// Makes the body a plain scope that does not interleave, and so needs no lifetime.
    pub fn named<F, B>(&self, life: Life<'static>, body: F) -> ScopeFuture<'static, Plain, B>
    where
        F: FnOnce(Scope<'static, Plain>) -> B,
        B: Future<Output = R>,
    {
        ScopeFuture::around(life, None, close::no_error, body)
    }

    /// Makes the body a plain scope that may interleave.
    #[track_caller]
    pub fn interleaving<'env, F, B>(
        &self,
        name: &'static str,
        body: F,
    ) -> ScopeFuture<'env, Plain, B>
    where
        F: FnOnce(Scope<'env, Plain>) -> B,
        B: Future<Output = R>,
    {
        ScopeFuture::new(true, close::no_error, body).named(name)
    }

    /// Makes the body a plain scope without a name.
    #[expect(clippy::inline_always, reason = "see `ScopeFuture::of`")]
    #[inline(always)]
    pub fn unnamed<B>(&self, life: Life<'static>, body: B) -> ScopeFuture<'static, Plain, B>
    where
        B: Future<Output = R>,
    {
        ScopeFuture::of(life, body, close::no_error)
    }
}

impl<R> fmt::Debug for Function<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl<R> fmt::Debug for FallibleFunction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FallibleFunction")
    }
}

impl<R> fmt::Debug for PlainFunction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainFunction")
    }
}
