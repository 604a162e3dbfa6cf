//! `#[foster::main]`: the runtime, its root supervisor and exit codes.

use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime;

use crate::child::Child;
use crate::failure::Origin;
use crate::ladder;
use crate::owner::{Class, Owner, Place};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::report::Report;
use crate::settle::Settle;
use crate::stderr;
use crate::supervision;
use crate::supervisor::Supervisor;
use crate::watchdog::Watchdog;

/// Exit code when tasks were forced or abandoned: something was lost (`EX_SOFTWARE`).
pub(crate) const LOST: u8 = 70;

/// Exit code of a panic, as std's.
const PANICKED: u8 = 101;

/// The options of `#[foster::main]`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether the runtime has worker threads.
    pub multi_thread: bool,
    /// How many; `None` for one a core.
    pub worker_threads: Option<usize>,
    /// How long tasks may take after the request.
    pub grace: Duration,
    /// How long they may take after they were cancelled.
    pub cancel_within: Duration,
}

/// What the body of `#[foster::main]` may output: `()`, `!`, an exit code, or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "`main` cannot output `{Self}`",
    note = "it outputs `()`, `ExitCode` or a `Result` of these whose error is `Debug`"
)]
pub trait Termination {
    /// The exit code of a normal end; an error as the text to print.
    #[doc(hidden)]
    fn into_code(self) -> Result<ExitCode, String>;
}

impl Termination for () {
    fn into_code(self) -> Result<ExitCode, String> {
        Ok(ExitCode::SUCCESS)
    }
}

impl Termination for ExitCode {
    fn into_code(self) -> Result<ExitCode, String> {
        Ok(self)
    }
}

impl Termination for crate::policy::Never {
    fn into_code(self) -> Result<ExitCode, String> {
        self
    }
}

impl<T: Termination, E: Debug> Termination for Result<T, E> {
    fn into_code(self) -> Result<ExitCode, String> {
        self.map_err(|error| format!("{error:?}"))?.into_code()
    }
}

/// Begins a runtime with all that foster needs.
pub(crate) fn builder(multi_thread: bool, worker_threads: Option<usize>) -> runtime::Builder {
    let mut builder = if multi_thread {
        runtime::Builder::new_multi_thread()
    } else {
        runtime::Builder::new_current_thread()
    };
    if let Some(threads) = worker_threads {
        builder.worker_threads(threads);
    }
    builder.enable_all();
    builder
}

/// Runs the body of `main` under a root supervisor, and returns its exit code.
#[track_caller]
pub fn main<B>(config: Config, body: B) -> ExitCode
where
    B: Future<Output: Termination>,
{
    let mut builder = builder(config.multi_thread, config.worker_threads);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            stderr::tell(format!("Error: the runtime could not be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let supervisor = {
        let _entered = runtime.enter();
        Supervisor::builder("main")
            .grace(config.grace)
            .cancel_within(config.cancel_within)
            .on_failure(supervision::show)
            .build_chief()
    };
    let watchdog = match Watchdog::start(Arc::clone(supervisor.owner())) {
        Ok(watchdog) => watchdog,
        Err(error) => {
            stderr::tell(format!("Error: the watchdog could not be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let (ended, report) = runtime.block_on(run(&supervisor, Location::caller(), body));
    if report.is_clean() {
        drop(runtime);
    } else {
        stderr::tell(report.to_string());
        runtime.shutdown_background(); // what could not be stopped would be waited for
    }
    drop(watchdog); // it also watches the end of the runtime
    match ended {
        Some(Err(Ended::Error(error))) => stderr::tell(format!("Error: {error}")),
        _ if !report.is_clean() => {}
        Some(Ok(code)) => return code,
        Some(Err(Ended::Panic)) => return ExitCode::from(PANICKED),
        None => return ExitCode::SUCCESS,
    }
    if report.is_clean() { ExitCode::FAILURE } else { ExitCode::from(LOST) }
}

/// How a body ended that did not end well. (A panic has printed itself.)
enum Ended {
    Error(String),
    Panic,
}

/// How a body ended.
type Outcome = Result<ExitCode, Ended>;

/// Settles the body: its outcome is the exit code.
#[derive(Debug)]
struct Body;

impl<O: Termination> Settle<O> for Body {
    type Value = Outcome;

    const OWNED: bool = false;

    fn returned(&mut self, _: &Arc<Owner>, _: Origin, output: O) -> Option<Outcome> {
        Some(output.into_code().map_err(Ended::Error))
    }

    fn panicked(&mut self, _: &Arc<Owner>, _: Origin, payload: Payload) -> Option<Outcome> {
        panics::drop_payload(payload);
        Some(Err(Ended::Panic))
    }

    fn cancelled(&mut self, _: &Arc<Owner>, _: Origin, _: CancelReason) -> Option<Outcome> {
        None
    }
}

/// Runs the body and then the ladder. The outcome is `None` when the body was cancelled.
async fn run<B>(supervisor: &Supervisor, place: Place, body: B) -> (Option<Outcome>, Report)
where
    B: Future<Output: Termination>,
{
    let owner = supervisor.owner();
    // The body is a task like any other, but for running here: so it need not be `Send`.
    let entered = owner.enter(Class::Foreground).expect("the supervisor is open");
    let entered = entered.announced(Origin::named(place, "main").unstarted());
    let body = Child::new(entered, place, body, Body);
    let mut body = pin!(body);
    let mut outcome = None;
    let mut requested = pin!(ladder::requested(owner, pending::<()>()));
    poll_fn(|cx| {
        if let Poll::Ready(out) = body.as_mut().poll(cx) {
            outcome = Some(out.take());
            return Poll::Ready(());
        }
        requested.as_mut().poll(cx).map(drop)
    })
    .await;
    let ended_well = matches!(outcome, Some(Some(Ok(_))));
    let mut end = pin!(async {
        if ended_well { ladder::join(owner).await } else { ladder::run(owner).await }
    });
    let report = poll_fn(|cx| {
        if outcome.is_none()
            && let Poll::Ready(out) = body.as_mut().poll(cx)
        {
            outcome = Some(out.take());
        }
        end.as_mut().poll(cx)
    })
    .await;
    (outcome.flatten(), report)
}
