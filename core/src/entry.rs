//! `#[foster::main]`: the runtime, its root supervisor and exit codes.

use std::env;
use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::io;
use std::num::NonZero;
use std::panic::Location;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{self, Runtime};

use crate::ladder;
use crate::limit;
use crate::main_body::{self, Ended, Spared};
use crate::owner::Place;
use crate::panics;
use crate::report::Report;
use crate::root;
use crate::stderr;
use crate::supervision;
use crate::supervisor::Supervisor;
use crate::watchdog::{Alert, Listener};

/// Exit code when the body was cut at the end of a shutdown (`EX_UNAVAILABLE`).
const CUT: u8 = 69;

/// Exit code when tasks were forced or abandoned: something was lost (`EX_SOFTWARE`).
pub(crate) const LOST: u8 = 70;

/// Exit code of a panic, as std's.
pub(crate) const PANICKED: u8 = 101;

/// How long the end of the runtime may take, after a shutdown that lost nothing.
const RUNTIME_END: Duration = Duration::from_millis(500);

/// How much longer it is waited for: a destructor of a task may block.
const SLACK: Duration = Duration::from_millis(100);

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

/// Builds a runtime. tokio panics where it cannot start a thread, or open a pipe for signals.
///
/// # Errors
///
/// When the system has no threads or descriptors left.
pub(crate) fn build(builder: &mut runtime::Builder) -> io::Result<Runtime> {
    panics::catch(|| builder.build()).unwrap_or_else(|payload| {
        let message = panics::message(&*payload).unwrap_or("tokio panicked").to_owned();
        panics::drop_payload(payload);
        Err(io::Error::other(message))
    })
}

/// Starts as many threads as a runtime needs, and the watchdog, and ends them.
///
/// A runtime that gets only some of its workers waits for them for ever while it unwinds.
///
/// # Errors
///
/// When there are not so many.
fn try_threads(workers: Option<usize>) -> io::Result<()> {
    // As tokio counts them.
    let of_env = || env::var("TOKIO_WORKER_THREADS").ok()?.parse().ok();
    let of_system = || thread::available_parallelism().map_or(1, NonZero::get);
    let workers = workers.or_else(of_env).unwrap_or_else(of_system);
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let _closed = gate.lock();
        let wait = || drop(gate.lock());
        (0..=workers).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop))
    })
}

/// Runs the body of `main` under a root supervisor, and returns its exit code.
#[track_caller]
pub fn main<B>(config: Config, body: B) -> ExitCode
where
    B: Future<Output: Termination>,
{
    let place = Location::caller();
    run(config, place, body).unwrap_or_else(|error| {
        stderr::tell(format!("Error: the runtime could not be started: {error}"));
        ExitCode::FAILURE
    })
}

fn run<B>(config: Config, place: Place, body: B) -> io::Result<ExitCode>
where
    B: Future<Output: Termination>,
{
    // First of all: a signal that comes from now on does not end the process.
    let listener = Listener::new()?;
    if config.multi_thread {
        try_threads(config.worker_threads)?;
    }
    let runtime = build(&mut builder(config.multi_thread, config.worker_threads))?;
    let supervisor = {
        let _entered = runtime.enter();
        Supervisor::builder("main")
            .grace(config.grace)
            .cancel_within(config.cancel_within)
            .on_failure(supervision::show)
            .build_unlinked()
    };
    let _main = root::Main::new(Arc::clone(supervisor.owner()));
    let watchdog = match listener.watch(Arc::clone(supervisor.owner())) {
        Ok(watchdog) => watchdog,
        Err(error) => {
            runtime.shutdown_background(); // it may have come by fewer threads than it waits for
            return Err(error);
        }
    };
    let (ended, report) = runtime.block_on(supervise(&supervisor, place, body, watchdog.alert()));
    drop(watchdog); // from here on nothing takes long
    if report.is_clean() {
        end(runtime, RUNTIME_END);
    } else {
        stderr::tell(report.to_string());
        end(runtime, Duration::ZERO);
    }
    Ok(match ended {
        Ended::Panicked => ExitCode::from(PANICKED),
        _ if !report.is_clean() => ExitCode::from(LOST),
        Ended::Cut => ExitCode::from(CUT),
        Ended::Failed => ExitCode::FAILURE,
        Ended::Well(code) => code,
    })
}

/// Runs the body, and then the ladder; also beside the body, once shutdown is requested.
async fn supervise<B>(
    supervisor: &Supervisor,
    place: Place,
    body: B,
    alert: &Alert,
) -> (Ended, Report)
where
    B: Future<Output: Termination>,
{
    let (owner, spared) = (supervisor.owner(), Spared::default());
    let mut body = pin!(main_body::run(owner, place, body, &spared));
    let mut ended = None;
    let mut poll_body = |cx: &mut Context<'_>| {
        if ended.is_none()
            && let Poll::Ready(how) = body.as_mut().poll(cx)
        {
            ended = Some(how);
            alert.note(how);
        }
        ended
    };
    let mut requested = pin!(ladder::requested(owner, pending::<()>()));
    // What is not the body is polled outside of its budget (tokio's coop).
    let ended = poll_fn(|cx| match poll_body(cx) {
        Some(ended) => Poll::Ready(Some(ended)),
        None => limit::poll(requested.as_mut(), cx).map(|_| None),
    })
    .await;
    let mut end = pin!(async {
        if let Some(Ended::Well(_)) = ended {
            ladder::join(owner).await
        } else {
            ladder::run_around(owner, &spared).await
        }
    });
    let mut report = None;
    poll_fn(|cx| {
        loop {
            let was_cut = spared.is_cut();
            let ended = poll_body(cx);
            if report.is_none()
                && let Poll::Ready(made) = limit::poll(end.as_mut(), cx)
            {
                report = Some(made);
            }
            if let (Some(ended), Some(report)) = (ended, report.take_if(|_| ended.is_some())) {
                return Poll::Ready((ended, report));
            }
            if ended.is_some() || was_cut || !spared.is_cut() {
                return Poll::Pending;
            }
            // The body is dropped at its next poll, which nobody else brings about.
        }
    })
    .await
}

/// Ends the runtime, within bounds: on a thread of its own, since destructors of tasks run there, and
/// may block.
fn end(runtime: Runtime, limit: Duration) {
    let started = Instant::now();
    let runtime = Arc::new(Mutex::new(Some(runtime)));
    let (running, ended) = mpsc::channel::<()>();
    let shut_down = {
        let runtime = Arc::clone(&runtime);
        move || {
            let _running = running; // nothing is sent: its drop tells that this has ended
            if let Some(runtime) = take(&runtime) {
                panics::silence(|| runtime.shutdown_timeout(limit));
            }
        }
    };
    let thread = thread::Builder::new().name("foster-end".to_owned()).spawn(shut_down);
    if thread.is_ok() {
        // An error says that it has ended, or that it takes too long.
        let _ended = ended.recv_timeout(limit + SLACK);
    } else if let Some(runtime) = take(&runtime) {
        runtime.shutdown_timeout(limit);
    }
    if !limit.is_zero() && started.elapsed() >= limit {
        stderr::tell(
            "foster: blocking work that foster does not own was left behind, such as a read of \
             standard input, a DNS look-up or a task that blocks its thread",
        );
    }
}

fn take(runtime: &Mutex<Option<Runtime>>) -> Option<Runtime> {
    runtime.lock().unwrap_or_else(PoisonError::into_inner).take()
}
