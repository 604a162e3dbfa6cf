//! `#[supervised]`: functions whose body is a scope.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::life::Life;
use crate::policy::{FailFast, Plain, Unnamed};
use crate::scope::Scope;
use crate::scope_future::ScopeFuture;

/// Opens the scope of a function that returns an `R`.
///
/// The methods for a `Result` hide those that `Deref` finds for all other types. So the type
/// chooses the policy, also behind an alias, and a type parameter is no `Result`.
pub struct Function<R>(PlainFunction<R>);

/// Opens the scope of a function that returns an `R`, whatever that is.
pub struct PlainFunction<R>(PhantomData<fn() -> R>);

impl<R> Function<R> {
    /// The function.
    pub const NEW: Self = Self(PlainFunction::NEW);
}

impl<R> PlainFunction<R> {
    /// The function.
    pub const NEW: Self = Self(PhantomData);
}

impl<R> Deref for Function<R> {
    type Target = PlainFunction<R>;

    fn deref(&self) -> &PlainFunction<R> {
        &self.0
    }
}

impl<T, E> Function<Result<T, E>> {
    /// Makes the body a fail-fast scope that does not interleave, and so needs no lifetime.
    pub fn named<F, B>(self, life: Life<'static>, body: F) -> ScopeFuture<'static, FailFast<E>, B>
    where
        F: FnOnce(Scope<'static, FailFast<E>>) -> B,
        B: Future<Output = Result<T, E>>,
        E: 'static,
    {
        ScopeFuture::around(life, None, body)
    }

    /// Makes the body a fail-fast scope that may interleave.
    #[track_caller]
    pub fn interleaving<'env, F, B>(
        self,
        name: &'static str,
        body: F,
    ) -> ScopeFuture<'env, FailFast<E>, B>
    where
        F: FnOnce(Scope<'env, FailFast<E>>) -> B,
        B: Future<Output = Result<T, E>>,
        E: 'static,
    {
        ScopeFuture::new(true, body).named(name)
    }

    /// Makes the body a scope without a name, whose error may borrow.
    #[expect(clippy::inline_always, reason = "see `ScopeFuture::of`")]
    #[inline(always)]
    pub fn unnamed<B>(self, life: Life<'static>, body: B) -> ScopeFuture<'static, Unnamed, B>
    where
        B: Future<Output = Result<T, E>>,
    {
        ScopeFuture::of(life, body)
    }
}

impl<R> PlainFunction<R> {
    /// Makes the body a plain scope that does not interleave, and so needs no lifetime.
    pub fn named<F, B>(self, life: Life<'static>, body: F) -> ScopeFuture<'static, Plain, B>
    where
        F: FnOnce(Scope<'static, Plain>) -> B,
        B: Future<Output = R>,
    {
        ScopeFuture::around(life, None, body)
    }

    /// Makes the body a plain scope that may interleave.
    #[track_caller]
    pub fn interleaving<'env, F, B>(
        self,
        name: &'static str,
        body: F,
    ) -> ScopeFuture<'env, Plain, B>
    where
        F: FnOnce(Scope<'env, Plain>) -> B,
        B: Future<Output = R>,
    {
        ScopeFuture::new(true, body).named(name)
    }

    /// Makes the body a plain scope without a name.
    #[expect(clippy::inline_always, reason = "see `ScopeFuture::of`")]
    #[inline(always)]
    pub fn unnamed<B>(self, life: Life<'static>, body: B) -> ScopeFuture<'static, Plain, B>
    where
        B: Future<Output = R>,
    {
        ScopeFuture::of(life, body)
    }
}

// By hand: these hold for every `R`. `Copy`, since `Deref` has only a borrow to give.

impl<R> Clone for PlainFunction<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for PlainFunction<R> {}

impl<R> fmt::Debug for Function<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl<R> fmt::Debug for PlainFunction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainFunction")
    }
}
