//! `#[foster::test]`: a runtime, a root supervisor and a time limit for each test.

use std::fmt::{self, Debug};
use std::panic::{Location, resume_unwind};
use std::process::{ExitCode, Termination};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::runtime;

use crate::child::Child;
use crate::entry;
use crate::failure::Origin;
use crate::ladder;
use crate::leftover;
use crate::owner::{Class, Owner, Place};
use crate::panics::{self, Payload};
use crate::policy::Never;
use crate::realm;
use crate::reason::CancelReason;
use crate::settle::Settle;
use crate::stderr;
use crate::supervision;
use crate::supervisor::Supervisor;

/// The options of `#[foster::test]`.
#[derive(Clone, Copy, Debug)]
pub struct TestConfig {
    /// The function's name.
    pub name: &'static str,
    /// Whether the runtime has worker threads.
    pub multi_thread: bool,
    /// How many; `None` for one a core.
    pub worker_threads: Option<usize>,
    /// What of tokio is there only with its feature `test-util`.
    pub configure: fn(&mut runtime::Builder),
    /// Whether tasks that foster does not own may be left.
    pub allow_foreign: bool,
    /// When the test counts as hung, in real time.
    pub timeout: Duration,
}

/// What the body of `#[foster::test]` may output: `()`, `!`, an exit code, or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "a test cannot output `{Self}`",
    note = "it outputs `()`, or a `Result<(), E>` with `E: Debug`"
)]
pub trait Tested {
    /// The same, as it leaves the test's own thread.
    #[doc(hidden)]
    type Ended: Termination + Send + 'static;

    /// That; an `Err` when the test has failed.
    #[doc(hidden)]
    fn ended(self) -> Result<Self::Ended, Self::Ended>;
}

impl Tested for () {
    type Ended = ();

    fn ended(self) -> Result<(), ()> {
        Ok(())
    }
}

impl Tested for Never {
    type Ended = ();

    fn ended(self) -> Result<(), ()> {
        self
    }
}

impl Tested for ExitCode {
    type Ended = Self;

    fn ended(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl<T: Tested, E: Debug> Tested for Result<T, E> {
    type Ended = Result<T::Ended, Text>;

    fn ended(self) -> Result<Self::Ended, Self::Ended> {
        match self {
            Ok(output) => output.ended().map(Ok).map_err(Ok),
            Err(error) => Err(Err(Text(format!("{error:?}")))),
        }
    }
}

/// An error as std prints it: it need not be `Send` itself.
pub struct Text(String);

impl Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs the body of a test, on a thread of its own: one that blocks can be given up.
///
/// # Panics
///
/// When the test fails otherwise than by its output.
#[track_caller]
pub fn test<B>(
    config: TestConfig,
    body: impl FnOnce() -> B + Send + 'static,
) -> <B::Output as Tested>::Ended
where
    B: Future<Output: Tested>,
{
    stderr::capture();
    let place = Location::caller();
    let owner = Arc::new(OnceLock::new());
    let of_thread = Arc::clone(&owner);
    let (running, ended) = mpsc::channel::<()>();
    let work = move || {
        let _running = running; // nothing is sent: its drop tells that the thread has ended
        run(config, place, &of_thread, body())
    };
    // The harness has named this thread after the test, and captures what that one prints, too.
    let name = thread::current().name().unwrap_or(config.name).to_owned();
    let thread = thread::Builder::new().name(name).spawn(work).expect("a thread can be started");
    let failure = match ended.recv_timeout(config.timeout) {
        Err(RecvTimeoutError::Timeout) => give_up(config.timeout, owner.get()),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(Ok(output)) => return output,
            Ok(Err(left)) => left,
            Err(payload) => resume_unwind(payload),
        },
    };
    panic!("{failure}")
}

/// Says what is alive in a test that hangs, its body included, and cancels what can be.
fn give_up(timeout: Duration, owner: Option<&Arc<Owner>>) -> String {
    let mut text = format!("the test has not ended within {timeout:?}");
    if let Some(owner) = owner {
        leftover::list(&mut text, &realm::living(owner));
        owner.cancel(CancelReason::Shutdown);
    }
    text
}

/// Runs a test in a runtime. The error says what it has left behind.
fn run<B>(
    config: TestConfig,
    place: Place,
    owner: &OnceLock<Arc<Owner>>,
    body: B,
) -> Result<<B::Output as Tested>::Ended, String>
where
    B: Future<Output: Tested>,
{
    let mut builder = entry::builder(config.multi_thread, config.worker_threads);
    (config.configure)(&mut builder);
    let runtime = builder.build().expect("a runtime can be built");
    let outcome = runtime.block_on(supervise(config, place, owner, body));
    if matches!(outcome, Outcome::Well(_)) {
        drop(runtime);
    } else {
        runtime.shutdown_background(); // what could not be stopped would be waited for
    }
    match outcome {
        Outcome::Well(output) | Outcome::Badly(output) => Ok(output),
        Outcome::Panicked(payload) => resume_unwind(payload),
        Outcome::Left(text) => Err(text),
    }
}

/// How a test ended.
enum Outcome<T> {
    Well(T),
    Badly(T),
    Panicked(Payload),
    /// Well, but for what it has left behind.
    Left(String),
}

/// Settles the body: everything is the test's.
#[derive(Debug)]
struct Body;

impl<O: Tested> Settle<O> for Body {
    type Value = Outcome<O::Ended>;

    const OWNED: bool = false;

    fn returned(&mut self, _: &Arc<Owner>, _: Origin, output: O) -> Option<Self::Value> {
        Some(match panics::catch(|| output.ended()) {
            Ok(Ok(output)) => Outcome::Well(output),
            Ok(Err(output)) => Outcome::Badly(output),
            Err(payload) => Outcome::Panicked(payload),
        })
    }

    fn panicked(&mut self, _: &Arc<Owner>, _: Origin, payload: Payload) -> Option<Self::Value> {
        Some(Outcome::Panicked(payload))
    }

    fn cancelled(&mut self, _: &Arc<Owner>, _: Origin, _: CancelReason) -> Option<Self::Value> {
        None
    }
}

/// Runs the body under a supervisor, and ends what it leaves behind.
async fn supervise<B>(
    config: TestConfig,
    place: Place,
    watched: &OnceLock<Arc<Owner>>,
    body: B,
) -> Outcome<<B::Output as Tested>::Ended>
where
    B: Future<Output: Tested>,
{
    let supervisor = Supervisor::builder(config.name)
        .grace(Duration::ZERO)
        .cancel_within(leftover::MOMENT)
        .on_failure(supervision::show)
        .build_chief();
    let owner = watched.get_or_init(|| Arc::clone(supervisor.owner()));
    let entered = owner.enter(Class::Foreground).expect("the supervisor is open");
    let entered = entered.announced(Origin::named(place, config.name).unstarted());
    // A task like any other, but for running here: so it need not be `Send`.
    let outcome = Child::new(entered, place, body, Body).await.take();
    match outcome {
        Some(Outcome::Well(output)) => {
            let left = leftover::wait(owner, config.allow_foreign).await;
            left.map_or(Outcome::Well(output), Outcome::Left)
        }
        outcome => {
            let _told_anyway = ladder::run(owner).await;
            // Without an outcome the test was given up, and nobody hears of this.
            outcome.unwrap_or_else(|| Outcome::Left("the body was cancelled".to_owned()))
        }
    }
}
