//! The watchdog of `#[foster::main]` (R11): hears the signals, and ends a process whose runtime has
//! no free worker left to run the ladder.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::process;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::emit::emit;
use crate::entry::LOST;
use crate::ladder;
use crate::owner::Owner;
use crate::stderr;
use crate::supervision::{Progress, Supervision};

/// A thread with a runtime of its own, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Watchdog {
    thread: Option<thread::JoinHandle<()>>,
    /// Dropped to end it.
    alive: Option<oneshot::Sender<Infallible>>,
}

impl Watchdog {
    /// Listens to the signals from now on, and passes each on as a request.
    ///
    /// # Errors
    ///
    /// When there can be no such thread or runtime.
    pub(crate) fn start(supervisor: Arc<Owner>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            // Before the body runs: a signal in its first line must not end the process.
            let _entered = runtime.enter();
            Signals::new()
        };
        let (alive, mut ended) = oneshot::channel();
        let watch = move || {
            watch(&runtime, &mut signals, &mut ended, &supervisor);
        };
        let thread = thread::Builder::new().name("foster-watchdog".to_owned()).spawn(watch)?;
        Ok(Self { thread: Some(thread), alive: Some(alive) })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default(); // its panic, if any, has printed itself
        }
    }
}

/// Waits for the end of the process, or for the moment at which it should have come.
fn watch(
    runtime: &Runtime,
    signals: &mut Signals,
    ended: &mut oneshot::Receiver<Infallible>,
    supervisor: &Arc<Owner>,
) {
    let Some(supervision) = supervisor.supervision.as_deref() else {
        return;
    };
    let started = runtime.block_on(async {
        let mut overdue = pin!(overdue(supervision));
        poll_fn(|cx| {
            signals.poll(cx, supervision);
            if pin!(&mut *ended).poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            overdue.as_mut().poll(cx).map(Some)
        })
        .await
    });
    if let Some(started) = started {
        let abandoned = ladder::living(supervisor);
        stderr::tell(ladder::report(supervisor, started, abandoned).to_string());
        process::exit(LOST.into());
    }
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
