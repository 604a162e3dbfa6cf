//! The watchdog of `#[foster::main]` (R11): hears the signals, and ends a process whose runtime has
//! no free worker left to run the ladder.
//!
//! Nothing holds it up: what it says goes through [`stderr::tell`], which waits a moment at most, and
//! the subscriber of its event runs on a thread of its own.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::emit::emit;
use crate::entry::{self, LOST, PANICKED};
use crate::ladder;
use crate::main_body::Ended;
use crate::owner::Owner;
use crate::panics;
use crate::realm;
use crate::stderr;
use crate::supervision::{Progress, Supervision};
use crate::sync::Ordering;

/// How long the subscriber may take that hears of the end of the process.
const PATIENCE: Duration = Duration::from_millis(100);

/// Has taken over the signals; keeps those that come before the watchdog looks.
pub(crate) struct Listener {
    runtime: Runtime,
    signals: Signals,
}

impl Listener {
    /// Listens to the signals from now on.
    ///
    /// # Errors
    ///
    /// When there can be no runtime.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = entry::build(runtime::Builder::new_current_thread().enable_all())?;
        let signals = {
            let _entered = runtime.enter();
            Signals::new()
        };
        Ok(Self { runtime, signals })
    }

    /// Passes each signal on as a request, and watches the ladder.
    ///
    /// # Errors
    ///
    /// When there can be no such thread.
    pub(crate) fn watch(self, supervisor: Arc<Owner>) -> io::Result<Watchdog> {
        let alert = Arc::new(Alert::default());
        let (alive, ended) = oneshot::channel();
        let watch = {
            let alert = Arc::clone(&alert);
            move || watch(self, ended, &supervisor, &alert)
        };
        let thread = thread::Builder::new().name("foster-watchdog".to_owned()).spawn(watch)?;
        Ok(Watchdog { thread: Some(thread), alive: Some(alive), alert })
    }
}

/// What the watchdog has to know of the body: the exit code of a panic outranks its own.
#[derive(Debug, Default)]
pub(crate) struct Alert {
    has_panicked: AtomicBool,
}

impl Alert {
    pub(crate) fn note(&self, ended: Ended) {
        // Ordering: Relaxed: nothing else depends on it.
        self.has_panicked.store(matches!(ended, Ended::Panicked), Ordering::Relaxed);
    }

    fn code(&self) -> u8 {
        // Ordering: Relaxed: as above.
        if self.has_panicked.load(Ordering::Relaxed) { PANICKED } else { LOST }
    }
}

/// A thread with a runtime of its own, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Watchdog {
    thread: Option<thread::JoinHandle<()>>,
    /// Dropped to end it.
    alive: Option<oneshot::Sender<Infallible>>,
    alert: Arc<Alert>,
}

impl Watchdog {
    pub(crate) fn alert(&self) -> &Alert {
        &self.alert
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_else(panics::drop_payload);
        }
    }
}

/// Waits for the end of the process, or for the moment at which it should have come.
fn watch(
    listener: Listener,
    mut ended: oneshot::Receiver<Infallible>,
    supervisor: &Arc<Owner>,
    alert: &Alert,
) {
    let Listener { runtime, mut signals } = listener;
    let Some(supervision) = supervisor.supervision.as_deref() else {
        return;
    };
    let started = runtime.block_on(async {
        let mut overdue = pin!(overdue(supervision));
        poll_fn(|cx| {
            signals.poll(cx, supervision);
            if pin!(&mut ended).poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            overdue.as_mut().poll(cx).map(Some)
        })
        .await
    });
    if let Some(started) = started {
        end_process(supervisor, started, alert);
    }
}

/// Says what is alive, and ends the process.
fn end_process(supervisor: &Arc<Owner>, started: Instant, alert: &Alert) -> ! {
    let report = ladder::report(supervisor, started, realm::living(supervisor));
    stderr::tell(report.to_string());
    let (running, traced) = mpsc::channel::<()>();
    let trace = move || {
        let _running = running; // nothing is sent: its drop tells that this has ended
        ladder::trace(&report);
    };
    if thread::Builder::new().name("foster-event".to_owned()).spawn(trace).is_ok() {
        // An error says that it has ended, or that it takes too long.
        let _ended = traced.recv_timeout(PATIENCE);
    }
    process::exit(alert.code().into());
}

/// Waits until the ladder has taken longer than it may; yields when it began.
async fn overdue(supervision: &Supervision) -> Instant {
    let mut progress = supervision.progress();
    let asked = |known| move |now: &Progress| now.wanted > known;
    let first = progress.wait_for(asked(0)).await.map(|now| now.wanted);
    let Ok(mut wanted) = first else {
        return pending().await; // no supervisor, no ladder
    };
    let started = Instant::now();
    let mut deadline = started + bound(supervision, wanted);
    loop {
        match timeout_at(deadline, progress.wait_for(asked(wanted))).await {
            Ok(Ok(now)) => wanted = now.wanted,
            Ok(Err(_)) => return pending().await,
            Err(_) => return started,
        }
        deadline = deadline.min(Instant::now() + bound(supervision, wanted));
    }
}

/// What a ladder may take from the request for a rung, with a part more: the watchdog is for the
/// one that is not run.
fn bound(supervision: &Supervision, rung: usize) -> Duration {
    let Supervision { grace, cancel_within, .. } = *supervision;
    let limit = match rung {
        0 | 1 => grace.saturating_add(cancel_within),
        2 => cancel_within,
        3 => ladder::last_rung(cancel_within),
        _ => Duration::ZERO,
    };
    limit.saturating_add(Duration::from_millis(200).max(limit / 20))
}

/// The signals that request shutdown.
struct Signals(Vec<Signal>);

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

impl Signals {
    /// Listens to them. One that the system refuses is left out, with an event.
    fn new() -> Self {
        #[cfg(unix)]
        let all = [signal(SignalKind::interrupt()), signal(SignalKind::terminate())];
        #[cfg(windows)]
        let all = [ctrl_c()];
        let refused = |error: &io::Error| {
            emit!(WARN, %error, "a signal cannot be listened to");
        };
        Self(all.into_iter().filter_map(|signal| signal.inspect_err(refused).ok()).collect())
    }

    /// Passes each signal on as a request.
    fn poll(&mut self, cx: &mut Context<'_>, supervision: &Supervision) {
        for signal in &mut self.0 {
            while let Poll::Ready(Some(())) = signal.poll_recv(cx) {
                supervision.request();
            }
        }
    }
}
