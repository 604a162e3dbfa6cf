//! The ladder (R11): requested, grace, cancel, bounded wait, report.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::alarm::Timer;
use crate::emit::{self, emit};
use crate::failure::TaskInfo;
use crate::owner::Owner;
use crate::reason::CancelReason;
use crate::report::Report;
use crate::root;
use crate::supervision::{self, Progress, Supervision};

/// What is kept of the last bound for what forced shields leave behind (design 3.1, 4).
const LAST_RUNG: Duration = Duration::from_millis(100);

/// Waits until `end` is ready or shutdown is requested; yields whether it was.
pub(crate) async fn requested(owner: &Arc<Owner>, end: impl Future) -> bool {
    let requested = supervision(owner).rung(1).clone();
    let (mut end, mut requested) = (pin!(end), pin!(requested.cancelled()));
    poll_fn(|cx| {
        if requested.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        end.as_mut().poll(cx).map(|_| false)
    })
    .await
}

/// Waits until no task is left; runs the ladder when shutdown is requested meanwhile.
pub(crate) async fn join(owner: &Arc<Owner>) -> Report {
    let started = Instant::now();
    owner.end_body(); // closes at the first moment without a task
    if requested(owner, ended(owner)).await {
        return run(owner).await;
    }
    report(owner, started, Vec::new())
}

/// Runs all rungs until the owner is empty.
pub(crate) async fn run(owner: &Arc<Owner>) -> Report {
    let started = Instant::now();
    let supervision = supervision(owner);
    reach(owner, 1, "shutdown requested");
    owner.end_body();
    let cancel_within = supervision.cancel_within;
    let last = last_rung(cancel_within);
    if !rung(owner, 1, supervision.grace).await {
        reach(owner, 2, "grace is over: cancelling");
        owner.cancel(CancelReason::Shutdown);
        if let Some(root) = owner.answers_for() {
            root.cancel(CancelReason::Shutdown);
        }
        let cancelled = Instant::now();
        if !rung(owner, 2, cancel_within.saturating_sub(last)).await {
            reach(owner, 3, "forcing the shields that are left");
            owner.force();
            if let Some(root) = owner.answers_for() {
                root.force();
            }
            let left = cancel_within.saturating_sub(cancelled.elapsed());
            rung(owner, 3, left.min(last)).await;
        }
    }
    let abandoned = living(owner);
    if !abandoned.is_empty() || !owner.is_done() {
        supervision.reach(4);
        // To the root, not to the owner above: that one would wait for them without a bound.
        owner.bequeath_to(&root::heir());
    }
    report(owner, started, abandoned)
}

/// The part of the last bound that is kept for the last rung.
pub(crate) fn last_rung(cancel_within: Duration) -> Duration {
    LAST_RUNG.min(cancel_within / 10)
}

/// How many tasks an event names.
const NAMED: usize = 32;

/// Steps onto a rung, with one event that counts the living and names the first of them.
fn reach(owner: &Arc<Owner>, rung: usize, what: &str) {
    let supervision = supervision(owner);
    supervision.reach(rung);
    if emit::is_enabled(tracing::Level::INFO) {
        let mut tasks = living(owner);
        let live = tasks.len();
        tasks.truncate(NAMED);
        emit!(INFO, supervisor = supervision.name, rung, live, ?tasks, "{what}");
    }
}

/// Waits for the end on a rung, at most so long; `true` when the end has come. A request for the
/// next rung cuts it short, and so does a ladder above that is farther.
async fn rung(owner: &Arc<Owner>, number: usize, limit: Duration) -> bool {
    let mut ended = pin!(ended(owner));
    let mut limit = pin!(Timer::after(limit));
    let mut pushed = pin!(asked(supervision(owner).progress(), number));
    let above = supervisor_above(owner);
    let mut farther = pin!(async {
        match &above {
            Some(above) => supervision(above).rung(number + 1).cancelled().await,
            None => pending().await,
        }
    });
    poll_fn(|cx| {
        if ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        let over = limit.as_mut().poll(cx).is_ready()
            || pushed.as_mut().poll(cx).is_ready()
            || farther.as_mut().poll(cx).is_ready();
        if over { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Waits until a ladder is asked to go on to the next rung.
async fn asked(mut progress: watch::Receiver<Progress>, number: usize) {
    if progress.wait_for(|now| now.wanted > number).await.is_err() {
        pending::<()>().await; // its supervisor is gone, and so is that ladder
    }
}

/// The nearest supervisor above that has not ended: what is left of its ladder bounds this one.
fn supervisor_above(owner: &Arc<Owner>) -> Option<Arc<Owner>> {
    let mut below = Arc::clone(owner);
    loop {
        // One that answers for the root is also the nearest to what is above it.
        let above = below.parent_owner().and_then(|above| supervision::nearest(&above));
        let above = above.filter(|above| !Arc::ptr_eq(above, &below))?;
        if !above.is_done() {
            return Some(above);
        }
        below = above;
    }
}

/// Waits for the end of an owner whose body has ended, and of what it answers for.
pub(crate) async fn ended(owner: &Arc<Owner>) {
    poll_fn(|cx| {
        owner.leave_waker(cx.waker());
        if owner.park() { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    if let Some(root) = owner.answers_for() {
        root::drained(&root).await;
    }
}

/// The tasks that are alive below an owner, by what is known of each.
pub(crate) fn living(owner: &Arc<Owner>) -> Vec<TaskInfo> {
    let mut living = owner.named().unwrap_or_default();
    let mut next = owner.subs();
    next.extend(owner.answers_for());
    while let Some(owner) = next.pop() {
        next.extend(owner.subs());
        if let Some(own) = owner.named() {
            living.extend(own);
            continue;
        }
        let (places, unknown) = owner.suspended();
        let name = owner.name().unwrap_or("a child of a scope");
        living.extend(places.into_iter().map(|place| TaskInfo { id: None, name, place }));
        let name = owner.name().unwrap_or("a scope with a child that never was suspended");
        living.extend((0..unknown).map(|_| TaskInfo { id: None, name, place: owner.place }));
    }
    living
}

fn supervision(owner: &Arc<Owner>) -> &Supervision {
    owner.supervision.as_deref().expect("only supervisors have a ladder")
}

/// What a supervisor's tasks came to, with those that it gives up.
pub(crate) fn report(owner: &Arc<Owner>, started: Instant, abandoned: Vec<TaskInfo>) -> Report {
    let supervision = supervision(owner);
    let [finished, failed, panicked, cancelled] = supervision.counts.read();
    let forced = supervision.take_forced();
    let (name, elapsed) = (supervision.name.clone(), started.elapsed());
    let report = Report { name, finished, failed, panicked, cancelled, forced, abandoned, elapsed };
    if report.is_clean() {
        emit!(INFO, "{report}");
    } else {
        emit!(ERROR, "{report}");
    }
    report
}
