//! Structured concurrency for tokio: every task has an owner, and an owner does not end before its
//! tasks.
#![forbid(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod ambient;
mod blocking;
mod child;
mod entry;
mod failure;
mod handle;
mod interleave;
mod ladder;
mod limit;
mod owner;
mod policy;
mod report;
mod root;
mod scope;
mod scope_future;
mod settle;
mod shield;
mod shutdown;
mod spawner;
mod supervised;
mod supervision;
mod supervisor;
mod sync;

pub use failure::{BoxError, Closed, Failure, FailureKind, Interrupted, Panic, TaskId, TaskInfo};
pub use foster_macros::main;
pub use handle::Handle;
pub use policy::{Effect, FailFast, Isolate, Outcome, Plain, Policy};
pub use report::Report;
pub use root::{Root, root};
pub use scope::Scope;
pub use scope_future::ScopeFuture;
pub use shield::Shield;
pub use shutdown::{checkpoint, shutdown_requested};
pub use spawner::Spawner;
pub use supervisor::{Supervisor, SupervisorBuilder};

/// Opens a scope: children return plain values, and the scope's value is the body's.
#[macro_export]
macro_rules! scope {
    ($($body:tt)*) => { $crate::__private::scope! { [$crate] $($body)* } };
}

/// Opens a fail-fast scope.
#[macro_export]
macro_rules! try_scope {
    ($($body:tt)*) => { $crate::__private::try_scope! { [$crate] $($body)* } };
}

/// Shields.
#[macro_export]
macro_rules! shield {
    ({ $($body:tt)* }) => { $crate::__private_shield!(async move { $($body)* }) };
    ($body:expr) => { $crate::__private_shield!(async move { $body }) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __private_shield {
    ($block:expr) => {{
        use $crate::__private::{ViaBoxes as _, ViaPrints as _, ViaSilent as _};
        let block = $block;
        (&&&$crate::__private::Probe::of(&block)).shield(block)
    }};
}
