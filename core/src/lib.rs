//! Structured concurrency for tokio: every task has an owner, and an owner does not end before its
//! tasks.
//!
//! ```
//! use foster::{scope, try_scope};
//!
//! # async fn user(id: u32) -> Result<String, std::io::Error> { Ok(format!("user {id}")) }
//! # async fn orders(id: u32) -> Result<u32, std::io::Error> { Ok(id) }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), std::io::Error> {
//! // Two tasks in parallel. When one fails the other is cancelled, both are waited for, and the
//! // error comes out.
//! let page: Result<String, std::io::Error> = try_scope!(|s| {
//!     let user = s.spawn(user(7));
//!     let orders = s.spawn(orders(7));
//!     Ok(format!("{} has {} orders", user.await, orders.await))
//! })
//! .await;
//! assert_eq!(page?, "user 7 has 7 orders");
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//!
//! - Children that run in parallel cannot borrow: they are `Send + 'static`. Whoever holds a scope
//!   future may `mem::forget` it, so a borrow in a task would be unsound. A child that borrows runs
//!   interleaved, on the scope's own task ([`Scope::interleave`]).
//! - To cancel is to drop a future at its current `await` (R5). A poll that does not return and a
//!   blocking thread cannot be cancelled; they are waited for, and a supervisor's [`Report`] names
//!   them.
//! - The macros see tokens: a `tokio::spawn` in a body does not compile, one in a function that the
//!   body calls does. For those there is a preset for clippy, in `docs/presets` of the repository.
//! - A scope that is dropped does not block: its tasks are cancelled, and who waits for them is the
//!   next living owner, at the top the process [`root`] (R2).
//!
//! # What it promises
//!
//! - **Nothing outlives its owner.** When a scope has ended, so have its tasks, their destructors
//!   and the values that nobody took (R1).
//! - **No failure is lost.** An error or a panic comes out of the scope, is handed to who asked for
//!   it, or is reported once by a supervisor (R3, R4).
//! - **What must finish finishes.** A started [`shield!`] runs to its end although a client hangs
//!   up, and a shutdown waits for it (R7, R11).
//!
//! # Overview
//!
//! | to | write |
//! |---|---|
//! | run tasks for their values | [`scope!`], [`Scope::spawn`] |
//! | fail fast | [`try_scope!`] |
//! | make a whole function a scope | [`supervised`](macro@supervised) |
//! | bound the time, or cancel by a token | [`ScopeFuture::within`], [`ScopeFuture::cancelled_by`] |
//! | finish a write whatever happens | [`shield!`] |
//! | keep tasks for as long as a service lives | [`Supervisor`], [`Spawner`] |
//! | run a service until a signal | [`macro@main`] |
//! | have a test fail when it leaves a task behind | [`test`](macro@test) |
//!
//! Rules are cited as `R1` to `R13`; `docs/semantics.md` in the repository has them in full.
#![forbid(unsafe_code)]

mod alarm;
mod ambient;
mod blocking;
mod body;
mod child;
mod close;
mod closed;
mod emit;
mod entry;
mod failure;
mod function;
mod handle;
mod interleave;
mod ladder;
mod leftover;
mod life;
mod limit;
mod lost;
mod main_body;
mod out;
mod owner;
mod panics;
mod policy;
mod realm;
mod reason;
mod report;
mod root;
mod running;
mod scope;
mod scope_future;
mod settle;
mod shield;
mod shield_kind;
mod shutdown;
mod spawner;
mod stderr;
mod supervised;
mod supervision;
mod supervisor;
mod sync;
mod task;
mod task_name;
mod test;
mod unread;
mod watchdog;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[doc(hidden)]
pub mod macros;

pub use close::Close;
pub use closed::{Closed, HandedBack};
pub use entry::Termination;
pub use failure::{BoxError, Failure, FailureKind, Interrupted, Panic, TaskId, TaskInfo};
/// Runs `main` in a runtime of its own, under a root supervisor that SIGINT and SIGTERM end.
///
/// The body's tasks, and all that no other owner has, belong to the supervisor: it answers for every
/// runtime of the process, and for every [`Supervisor`] that is alive, one in a static too. When the
/// body ends well, its tasks are waited for. An `Err`, a panic or a signal starts the ladder:
/// requested, grace, cancel, bounded wait, report (R11); a second signal goes to its next rung. So do
/// tasks that are left in another supervisor when all others have ended.
///
/// The body goes last: the cancel rung spares it, and the scopes that it has open, until all else has
/// ended, and a moment more. Then it is cut: dropped, which is told as an event and on standard error.
///
/// Signals are taken over before the runtime is built. After the ladder the runtime has 500 ms to end.
/// What is left behind then is blocking work that foster does not own: a read of standard input, a DNS
/// look-up, a write of `tokio::fs` that was not flushed.
///
/// Options: `flavor = "multi_thread"` or `"current_thread"`, `worker_threads = 2`,
/// `grace = "5s"`, `cancel_within = "30s"`, `crate = path`. Times have a unit: `ms`, `s`, `m` or `h`.
///
/// # Exit codes
///
/// Of several, the first in this table counts. An error is printed in every case, as std does it, when
/// the body ends.
///
/// | code | when |
/// |---|---|
/// | 101 | the body panicked |
/// | 70 | tasks were forced or abandoned; the report is printed |
/// | 69 | the body was cut |
/// | 1 | the body returned an error, or there was no thread or descriptor to start with |
/// | its own | the body returned an [`ExitCode`](std::process::ExitCode) |
/// | 0 | all ended well |
///
/// # Examples
///
/// ```no_run
/// #[foster::main(grace = "10s")]
/// async fn main() -> Result<(), std::io::Error> {
///     let sup = foster::Spawner::current();
///     sup.launch(async {
///         foster::shutdown_requested().await;
///     })
///     .expect("the supervisor is open");
///     Ok(())
/// }
/// ```
pub use foster_macros::main;
/// Makes the body of an `async fn` a scope: the function does not return before all that its body
/// started has ended (R1).
///
/// ```text
/// #[supervised(s)]   the scope is called `s` in the body
/// #[supervised]      the scope has no name: for what finds it by itself
/// ```
///
/// The signature stays as written: callers, traits and frameworks notice nothing. The policy
/// follows the return *type*, also behind an alias: a `Result` is fail-fast, as in [`try_scope!`];
/// everything else is plain, as in [`scope!`], and so are a bare type parameter and an
/// `impl Trait`. Without a name only [`Spawner::current`], [`shield!`] and nested scopes find the
/// scope (R8); the body's `Err` cancels what they started.
///
/// It goes on functions and methods, in traits and their implementations, generic or not. Beside
/// `#[async_trait]` it goes on the methods, and runs inside the box. The arguments move into the
/// body, and are dropped when that ends. The future is `Send` when the body and its output are.
///
/// The function returns its scope: `fn … -> impl Future<Output = …>`, with all lifetimes captured,
/// so that it costs one state machine and not two. It stays an `async fn` under a further attribute,
/// which may look for the `async`, and where the body interleaves.
///
/// | option | |
/// |---|---|
/// | `name = "checkout"` | the scope's name in traces and reports; without it, the function's |
/// | `crate = path` | where foster is, if not at `::foster` |
///
/// # Examples
///
/// ```
/// use std::io;
/// use foster::supervised;
///
/// # async fn user(id: u32) -> io::Result<String> { Ok(format!("user {id}")) }
/// # async fn orders(id: u32) -> io::Result<u32> { Ok(id) }
/// #[supervised(s)]
/// async fn page(id: u32) -> io::Result<String> {
///     let user = s.spawn(user(id));
///     let orders = s.spawn(orders(id)); // when one fails the other is cancelled, and waited for
///     Ok(format!("{} has {} orders", user.await, orders.await))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(page(7).await.unwrap(), "user 7 has 7 orders");
/// # }
/// ```
///
/// A function that borrows in its error cannot name its scope: a child's error is `'static`.
///
/// ```
/// # use foster::{Spawner, supervised};
/// # struct Parsed; struct ParseError<'a>(&'a str);
/// # async fn count() {}
/// #[supervised]
/// async fn parse(text: &str) -> Result<Parsed, ParseError<'_>> {
///     Spawner::current().launch(count()).expect("the body is open");
///     Err(ParseError(text)) // cancels what was launched, and waits for it
/// }
/// ```
///
/// # Expands to
///
/// The same function, whose body is moved into a scope in this crate; nothing is boxed. The body
/// does not see the names on the right of `=`: it may use any that it wants.
///
/// ```text
/// fn page(id: u32) -> impl Future<Output = io::Result<String>> {
///     foster::__private::Function::<io::Result<String>>::NEW
///         .named(foster::__private::life("page"), move |mut s| async move {
///             let id = id;
///             let s = &mut s;
///             { /* the body */ }
///         })
/// }
/// ```
///
/// # Common mistakes
///
/// - "`#[supervised]` requires an `async fn`": it stands on a `fn` that returns a future. Only the
///   one that `#[async_trait]` makes is known, whose tail is `Box::pin(async move { … })`. Or it
///   stands below `#[foster::test]` or `#[tokio::main]`, which leave no `async`: put it above.
/// - An interleaved child borrows what arguments refer to, and not the arguments, which are the
///   body's own: `s.interleave(async move { … })`.
/// - "the error of a function that names its scope cannot borrow", or, of a type parameter, "may not
///   live long enough": a child's error is `'static`, and so is that of the scope.
pub use foster_macros::supervised;
/// Runs a test in a runtime of its own, under a root supervisor, and fails it when it leaves a task
/// behind.
///
/// The body outputs `()` or a `Result<(), E>` with `E: Debug`, and need not be `Send`. It runs on a
/// thread of its own, so that one that hangs, or blocks, is given up. It fails
///
/// - as one of std does: by a panic, which `#[should_panic]` sees with its payload, or by an `Err`;
/// - when tasks of foster are alive a moment after its end, which the message names with their
///   places; they are cancelled then;
/// - when other tokio tasks are (blocking ones cannot be seen);
/// - when it takes longer than `timeout`: the message names what is alive.
///
/// The moment is one second of tokio's time: a clock that is paused passes it at once. A task that
/// fails under the supervisor is isolated and reported, as everywhere (R3): await what has to
/// succeed, in a scope.
///
/// | option | default | |
/// |---|---|---|
/// | `flavor = "multi_thread"` | `"current_thread"` | the runtime's flavor |
/// | `worker_threads = 2` | one a core | how many threads it has, with `multi_thread` |
/// | `start_paused` | | its clock is paused; needs tokio's feature `test-util`, and one thread |
/// | `allow_foreign` | | tasks that foster does not own may be left |
/// | `timeout = "5s"` | `"60s"` | when it counts as hung, in real time |
/// | `crate = path` | `::foster` | where foster is |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use foster::Spawner;
///
/// #[foster::test(start_paused)]
/// async fn a_worker_ends_when_it_is_asked_to() {
///     let spawner = Spawner::current();
///     spawner.launch(async {
///         foster::shutdown_requested().await;
///         tokio::time::sleep(Duration::from_millis(500)).await; // finishes what it has begun
///     }).unwrap();
///     spawner.shutdown();
/// }
/// ```
///
/// Without the `shutdown`, it fails:
///
/// ```text
/// 1 task is still alive after the test's body
///   alive: `worker::tests::a_worker_ends_when_it_is_asked_to` started at src/worker.rs:40:13
/// help: wait for them in the body, or start them in a scope
/// ```
///
/// # Expands to
///
/// ```text
/// #[test]
/// fn a_worker_ends_when_it_is_asked_to() {
///     foster::__private::test(/* the options */, || async move { /* the body */ })
/// }
/// ```
///
/// # Common mistakes
///
/// - "a second test attribute": `#[test]` is added here; `#[ignore]` and `#[should_panic]` stay.
/// - "`#[foster::test]` requires a function without parameters": it is the harness that calls it.
/// - "2 tokio tasks that foster does not own are still alive": a client's connection pool, say. Start
///   your own in a scope; where they are a library's, write `allow_foreign`.
pub use foster_macros::test;
pub use handle::Handle;
pub use limit::{Bounded, Limit, Unbounded};
pub use policy::{Effect, FailFast, Isolate, Outcome, Plain, Policy};
pub use reason::{CancelReason, cancel_reason, is_cancelled};
pub use report::Report;
pub use root::{Root, root};
pub use scope::Scope;
pub use scope_future::ScopeFuture;
pub use shield::{Shield, Within};
pub use shield_kind::{Boxes, InTime, Kind, Prints, Silent};
pub use shutdown::{checkpoint, is_shutting_down, shutdown_requested};
pub use spawner::Spawner;
pub use supervisor::{Supervisor, SupervisorBuilder};
pub use task::Task;
pub use test::Tested;

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
