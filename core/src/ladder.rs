//! The ladder (R11): requested, grace, cancel, bounded wait, report.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::TaskInfo;
use crate::owner::Owner;
use crate::report::Report;
use crate::root;
use crate::supervision::Supervision;

/// What is kept of the last bound for what forced shields leave behind (design 3.1, 4).
const LAST_RUNG: Duration = Duration::from_millis(100);

/// Waits until `end` is ready or shutdown is requested.
pub(crate) async fn requested(owner: &Arc<Owner>, end: impl Future) {
    let requested = supervision(owner).requested.clone();
    let (mut end, mut requested) = (pin!(end), pin!(requested.cancelled()));
    poll_fn(|cx| {
        if requested.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        end.as_mut().poll(cx).map(drop)
    })
    .await;
}

/// Waits until no task is left; runs the ladder when shutdown is requested meanwhile.
pub(crate) async fn join(owner: &Arc<Owner>) -> Report {
    let started = Instant::now();
    owner.end_body(); // closes at the first moment without a task
    requested(owner, ended(owner)).await;
    if owner.is_done() {
        return report(owner, started, Vec::new());
    }
    run(owner).await
}

/// Runs all rungs until the owner is empty; the first of two requests starts it, each later one
/// goes on to the next rung.
pub(crate) async fn run(owner: &Arc<Owner>) -> Report {
    let started = Instant::now();
    let supervision = supervision(owner);
    supervision.ensure_request();
    event(owner, "shutdown requested");
    owner.end_body();
    let cancel_within = supervision.cancel_within;
    let last = LAST_RUNG.min(cancel_within / 10);
    if !rung(owner, 1, supervision.grace).await {
        event(owner, "grace is over: cancelling");
        owner.cancel();
        let cancelled = Instant::now();
        if !rung(owner, 2, cancel_within.saturating_sub(last)).await {
            event(owner, "forcing the shields that are left");
            owner.force();
            let left = cancel_within.saturating_sub(cancelled.elapsed());
            rung(owner, usize::MAX, left.min(last)).await;
        }
    }
    let mut abandoned = Vec::new();
    if !owner.is_done() {
        abandoned = living(owner);
        // To the root, not to the owner above: that one would wait for them without a bound.
        if let Some(root) = root::current_owner() {
            owner.bequeath_to(&root);
        }
    }
    report(owner, started, abandoned)
}

/// Waits for the end, at most so long, or until there are more requests than rungs so far. `true`
/// when it has come.
async fn rung(owner: &Arc<Owner>, number: usize, limit: Duration) -> bool {
    let mut requests = supervision(owner).requests();
    let mut ended = pin!(ended(owner));
    let mut limit = pin!(tokio::time::sleep(limit));
    let mut request = pin!(requests.wait_for(|requests| *requests > number));
    poll_fn(|cx| {
        if ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        let over = limit.as_mut().poll(cx).is_ready() || request.as_mut().poll(cx).is_ready();
        if over { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Waits for the end of an owner whose body has ended.
async fn ended(owner: &Arc<Owner>) {
    poll_fn(|cx| {
        owner.leave_waker(cx.waker());
        if owner.park() { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// The tasks that are alive below an owner, by what is known of each.
pub(crate) fn living(owner: &Arc<Owner>) -> Vec<TaskInfo> {
    let mut living = supervision(owner).living();
    let mut next = owner.subs();
    while let Some(owner) = next.pop() {
        next.extend(owner.subs());
        if let Some(supervision) = &owner.supervision {
            living.extend(supervision.living());
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

fn event(owner: &Arc<Owner>, rung: &str) {
    let supervision = supervision(owner);
    let tasks = supervision.living();
    tracing::info!(supervisor = supervision.name, live = owner.live(), ?tasks, "{rung}");
}

fn report(owner: &Arc<Owner>, started: Instant, abandoned: Vec<TaskInfo>) -> Report {
    let supervision = supervision(owner);
    let [finished, failed, panicked, cancelled] = supervision.counts.read();
    let forced = supervision.take_forced();
    let (name, elapsed) = (supervision.name.clone(), started.elapsed());
    let report = Report { name, finished, failed, panicked, cancelled, forced, abandoned, elapsed };
    if report.is_clean() {
        tracing::info!("{report}");
    } else {
        tracing::error!("{report}");
    }
    report
}
