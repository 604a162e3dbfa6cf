//! Standard error: may be closed, full, or read by nobody.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::panics;

/// How long who tells something waits for it to be written.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many texts wait for a reader that is stuck; those that come later are lost.
const WAITING: usize = 256;

/// The thread that writes; there while something is to be written.
static WRITER: Writer = Writer {
    state: Mutex::new(State { texts: VecDeque::new(), told: 0, written: 0, runs: false }),
    progress: Condvar::new(),
};

/// Whether a test harness captures what the macros of std print, and nothing else.
static IS_CAPTURED: AtomicBool = AtomicBool::new(false);

struct Writer {
    state: Mutex<State>,
    progress: Condvar,
}

struct State {
    texts: VecDeque<String>,
    /// How many texts were accepted, and how many of them are done with.
    told: u64,
    written: u64,
    runs: bool,
}

/// Writes a line to standard error.
///
/// It waits a moment for that, so that a process may end after it, and never longer: a pipe that
/// nobody reads holds up a thread of its own. An error is ignored: there is no place to tell it.
pub(crate) fn tell(text: impl Into<String>) {
    let mut line = text.into();
    line.push('\n');
    let mut state = WRITER.state();
    if state.texts.len() >= WAITING {
        return;
    }
    let is_stuck = !state.texts.is_empty();
    state.texts.push_back(line);
    state.told += 1;
    let number = state.told;
    if !state.runs {
        let writer = thread::Builder::new().name("foster-stderr".to_owned());
        state.runs = writer.spawn(|| WRITER.run()).is_ok();
        if !state.runs {
            drop(state);
            return WRITER.run(); // no thread is to be had: better late than never
        }
    }
    if !is_stuck {
        let pending = |state: &mut State| state.written < number;
        drop(WRITER.progress.wait_timeout_while(state, PATIENCE, pending));
    }
}

/// Has lines go where a test harness captures them.
pub(crate) fn capture() {
    // Ordering: Relaxed: a line that is told at the same time may miss it.
    IS_CAPTURED.store(true, Ordering::Relaxed);
}

impl Writer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nothing waits.
    fn run(&self) {
        let mut state = self.state();
        while let Some(text) = state.texts.front().cloned() {
            drop(state);
            write(&text);
            state = self.state();
            // Removed only now: who tells something meanwhile sees that the writer is at work.
            state.texts.pop_front();
            state.written += 1;
            self.progress.notify_all();
        }
        state.runs = false;
    }
}

fn write(text: &str) {
    // Ordering: Relaxed: as above.
    if IS_CAPTURED.load(Ordering::Relaxed) {
        panics::silence(|| eprint!("{text}")); // panics when it cannot write
    } else {
        let mut stderr = io::stderr();
        stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).unwrap_or_default();
    }
}
