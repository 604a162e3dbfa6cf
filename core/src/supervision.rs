//! What a supervisor keeps beside its tasks: bounds, counts, the names of the living.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::ambient::{self, Work};
use crate::emit::emit;
use crate::failure::{Failure, TaskInfo};
use crate::owner::{Class, Owner};
use crate::panics;
use crate::settle;
use crate::stderr;
use crate::sync::{Lock, Ordering};

/// Is called for each failure that nobody else is handed.
pub(crate) type Hook = Box<dyn Fn(&Failure) + Send + Sync>;

/// The part of a supervisor's owner that other owners do not have.
pub(crate) struct Supervision {
    pub(crate) name: String,
    pub(crate) grace: Duration,
    pub(crate) cancel_within: Duration,
    pub(crate) on_failure: Option<Hook>,
    /// Each is cancelled when a ladder, this one's or one above, reaches a rung from 1 on.
    rungs: [CancellationToken; RUNGS],
    progress: watch::Sender<Progress>,
    pub(crate) counts: Counts,
    forced: Lock<Vec<TaskInfo>>,
}

/// Requested, cancelled, forced, given up.
const RUNGS: usize = 4;

/// How far a ladder has come, and how far it was asked to go; 0 is open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) reached: usize,
    /// Each request asks for the next rung.
    pub(crate) wanted: usize,
    /// The supervisor was dropped: nothing waits for a task's own grace any more.
    pub(crate) dropped: bool,
}

/// How tasks ended.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) finished: AtomicUsize,
    pub(crate) failed: AtomicUsize,
    pub(crate) panicked: AtomicUsize,
    pub(crate) cancelled: AtomicUsize,
}

impl Counts {
    /// In the order of the fields.
    pub(crate) fn read(&self) -> [usize; 4] {
        let all = [&self.finished, &self.failed, &self.panicked, &self.cancelled];
        // Ordering: Relaxed: the reader saw the count of tasks without them, with Acquire.
        all.map(|count| count.load(Ordering::Relaxed))
    }
}

/// Adds one to a count.
pub(crate) fn count(counter: &AtomicUsize) {
    // Ordering: Relaxed: whoever reads it saw the task leave first, which orders the two.
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Supervision {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            grace: Duration::from_secs(5),
            cancel_within: Duration::from_secs(30),
            on_failure: None,
            rungs: [(); RUNGS].map(|()| CancellationToken::new()),
            progress: watch::Sender::default(),
            counts: Counts::default(),
            forced: Lock::default(),
        }
    }

    /// Places it below an owner: requests flow down from the supervisors there.
    pub(crate) fn below(mut self, above: &Arc<Owner>) -> Self {
        let above = nearest(above);
        if let Some(supervision) = above.as_ref().and_then(|owner| owner.supervision.as_deref()) {
            self.rungs = supervision.rungs.each_ref().map(CancellationToken::child_token);
        }
        self
    }

    /// Requests shutdown, or the next rung of the one that runs.
    pub(crate) fn request(&self) {
        self.advance(|now| now.wanted = now.wanted.max(now.reached) + 1);
        self.announce(1);
    }

    /// Changes the progress. Those who watch it may be polled by any executor, whose wakers may panic.
    fn advance(&self, change: impl FnOnce(&mut Progress)) {
        panics::silence(|| self.progress.send_modify(change));
    }

    /// Tells all that is below that a ladder, here or above, has reached a rung.
    pub(crate) fn announce(&self, rung: usize) {
        panics::silence(|| self.rung(rung).cancel());
    }

    /// Is cancelled when a ladder, here or above, reaches a rung; the first also by a request.
    pub(crate) fn rung(&self, rung: usize) -> &CancellationToken {
        &self.rungs[rung - 1]
    }

    /// Notes that the ladder stands on a rung; the first is also a request, if there was none.
    pub(crate) fn reach(&self, rung: usize) {
        self.advance(|now| {
            now.reached = rung;
            now.wanted = now.wanted.max(1);
        });
        self.announce(rung);
    }

    /// Whether a ladder has named what is left here as abandoned.
    fn has_given_up(&self) -> bool {
        self.progress.borrow().reached >= RUNGS
    }

    pub(crate) fn note_drop(&self) {
        self.advance(|now| now.dropped = true);
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(crate) fn take_forced(&self) -> Vec<TaskInfo> {
        std::mem::take(&mut self.forced.lock())
    }
}

impl fmt::Debug for Supervision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervision")
            .field("name", &self.name)
            .field("grace", &self.grace)
            .field("cancel_within", &self.cancel_within)
            .finish_non_exhaustive()
    }
}

/// The nearest supervisor, from an owner upwards; at the top the one that answers for the root.
pub(crate) fn nearest(owner: &Arc<Owner>) -> Option<Arc<Owner>> {
    let mut owner = Arc::clone(owner);
    while owner.supervision.is_none() {
        let Some(above) = owner.parent_owner() else {
            return owner.chief();
        };
        owner = above;
    }
    Some(owner)
}

/// Reports a failure that nobody is handed, once: to the nearest supervisor's hook, or as an event.
pub(crate) fn report(owner: &Arc<Owner>, failure: Failure) {
    let supervisor = nearest(owner);
    let hooked = supervisor.as_ref().is_some_and(|supervisor| call_hook(supervisor, &failure));
    if !hooked {
        let supervision = supervisor.as_ref().and_then(|owner| owner.supervision.as_deref());
        let supervisor = supervision.map(|supervision| supervision.name.as_str());
        let error = failure.cause();
        if !emit!(ERROR, supervisor, task = %failure.task(), error, "{failure}") {
            unheard(|| failure.to_string());
        }
    }
    if let Err(payload) = panics::catch(|| drop(failure)) {
        settle::discard(&"an error that was reported", payload);
    }
}

/// Calls a supervisor's hook, with that supervisor ambient; `true` when it has heard the failure.
fn call_hook(supervisor: &Arc<Owner>, failure: &Failure) -> bool {
    let supervision = supervisor.supervision.as_deref();
    let Some(hook) = supervision.and_then(|supervision| supervision.on_failure.as_ref()) else {
        return false;
    };
    let call = || panics::catch(|| hook(failure));
    let (_, called) = ambient::with(Arc::clone(supervisor), Work::body(Class::Foreground), call);
    if let Err(payload) = called {
        settle::discard(&"a failure hook", payload);
        return false;
    }
    true
}

/// The hook of the supervisors that foster makes itself: shows a failure also where no subscriber
/// hears it. (A panic has printed itself.)
pub(crate) fn show(failure: &Failure) {
    let heard = emit!(ERROR, task = %failure.task(), error = failure.cause(), "{failure}");
    if !heard && !failure.is_panic() {
        stderr::tell(failure.to_string());
    }
}

/// Says once in a process, on standard error, that failures are lost, and shows the first.
pub(crate) fn unheard(failure: impl FnOnce() -> String) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    // Ordering: Relaxed: only the first one counts.
    if TOLD.swap(true, Ordering::Relaxed) {
        return;
    }
    let failure = panics::catch(failure).unwrap_or_else(|payload| {
        panics::drop_payload(payload);
        "(it cannot be shown: its `Debug` or `Display` panicked)".to_owned()
    });
    stderr::tell(format!(
        "foster: a failure is lost, and so are those after it: neither an `on_failure` hook nor a \
         `tracing` subscriber hears them\n  {failure}"
    ));
}

/// Notes that a shield, or a task with a grace of its own, did not end by itself: with the nearest
/// supervisor, and as an event.
pub(crate) fn forced(owner: &Arc<Owner>, task: TaskInfo) {
    emit!(ERROR, %task, "stopped before its end");
    note_forced(nearest(owner), task);
}

/// Passes on what was forced under a supervisor whose value is gone, and which makes no report.
pub(crate) fn pass_on_forced(owner: &Arc<Owner>) {
    for task in owner.supervision.iter().flat_map(|supervision| supervision.take_forced()) {
        note_forced(owner.parent_owner().and_then(|above| nearest(&above)), task);
    }
}

/// Notes a task for the report of the first supervisor, from this one up, that makes one.
fn note_forced(mut supervisor: Option<Arc<Owner>>, task: TaskInfo) {
    while let Some(owner) = supervisor {
        let Some(supervision) = owner.supervision.as_deref() else {
            return;
        };
        if supervision.has_given_up() {
            return; // its report names the task already, as abandoned
        }
        if !owner.is_adopted() {
            supervision.forced.lock().push(task);
            return;
        }
        // One that was dropped makes no report any more: it belongs to the one that took over.
        supervisor = owner.parent_owner().and_then(|above| nearest(&above));
    }
}
