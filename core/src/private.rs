//! All that generated code may name. Follows no semver: the macros crate is pinned to this one.

use crate::policy::{FailFast, Plain};
use crate::scope::Scope;
use crate::scope_future::ScopeFuture;

pub use crate::close::Ending;
pub use crate::entry::{Config, main};
pub use crate::failure::Cause;
pub use crate::function::{Function, PlainFunction};
pub use crate::shield_kind::{Probe, ViaBoxes, ViaPrints, ViaSilent};
pub use crate::test::{TestConfig, Text, test};
pub use foster_macros::{scope, try_scope};

/// Opens a plain scope; `interleaves` when its body may interleave.
#[track_caller]
pub fn plain<'env, F, B>(interleaves: bool, body: F) -> ScopeFuture<'env, Plain, B>
where
    F: FnOnce(Scope<'env, Plain>) -> B,
    B: Future,
{
    ScopeFuture::new(interleaves, body)
}

/// Opens a fail-fast scope; `interleaves` when its body may interleave.
#[track_caller]
pub fn fail_fast<'env, F, B, T, E>(interleaves: bool, body: F) -> ScopeFuture<'env, FailFast<E>, B>
where
    F: FnOnce(Scope<'env, FailFast<E>>) -> B,
    B: Future<Output = Result<T, E>>,
    E: 'static,
{
    ScopeFuture::new(interleaves, body)
}
