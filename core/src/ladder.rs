//! The ladder (R11): requested, grace, cancel, bounded wait, report.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::coop;
use tokio::time::Instant;

use crate::alarm::Timer;
use crate::emit::{self, emit};
use crate::failure::TaskInfo;
use crate::limit;
use crate::main_body::Spared;
use crate::owner::Owner;
use crate::realm::{self, Range};
use crate::report::Report;
use crate::root;
use crate::supervision::{self, Progress, Supervision};

/// What is kept of the last bound for what forced shields leave behind (design 3.1, 4); and what a
/// body has that is left alone.
const LAST_RUNG: Duration = Duration::from_millis(100);

/// How long the rungs last that cancel and force, however little time there is: whoever can be polled
/// is polled, and ends.
const FLOOR: Duration = Duration::from_millis(10);

/// Waits until `end` is ready or shutdown is requested; yields whether it was.
pub(crate) async fn requested(owner: &Arc<Owner>, end: impl Future) -> bool {
    let requested = supervision(owner).rung(1).clone();
    let (mut end, mut requested) = (pin!(end), pin!(requested.cancelled()));
    poll_fn(|cx| {
        if limit::poll(requested.as_mut(), cx).is_ready() {
            return Poll::Ready(true);
        }
        end.as_mut().poll(cx).map(|_| false)
    })
    .await
}

/// Waits until no task is left; runs the ladder when shutdown is requested meanwhile, or for living
/// supervisors that nobody else ends.
pub(crate) async fn join(owner: &Arc<Owner>) -> Report {
    let started = Instant::now();
    owner.end_body(); // closes at the first moment without a task
    let joined = coop::unconstrained(ended_in(owner, Range::Joined));
    if requested(owner, joined).await || realm::busy(owner, Range::All).is_some() {
        return run(owner).await;
    }
    end(owner, started, Vec::new())
}

/// Runs all rungs until the owner is empty.
pub(crate) async fn run(owner: &Arc<Owner>) -> Report {
    owner.end_body();
    climb(owner, None).await
}

/// As that, for an owner whose body may still run: that is ended last.
pub(crate) async fn run_around(owner: &Arc<Owner>, body: &Spared) -> Report {
    climb(owner, Some(body)).await
}

async fn climb(owner: &Arc<Owner>, body: Option<&Spared>) -> Report {
    let started = Instant::now();
    reach(owner, 1, "shutdown requested");
    let Supervision { grace, cancel_within, .. } = *supervision(owner);
    let last = last_rung(cancel_within);
    if !rung(owner, 1, grace, ended(owner)).await {
        reach(owner, 2, "grace is over: cancelling");
        realm::cancel(owner);
        let limit = cancel_within.saturating_sub(last);
        if !rung(owner, 2, limit, ended_body_last(owner, body, last)).await {
            reach(owner, 3, "forcing the shields that are left");
            if let Some(body) = body {
                body.cut();
            }
            realm::force(owner);
            // Its own time, whatever the rungs before it have taken: a process that was stopped for a
            // while has not used up the time of those that are forced only now.
            rung(owner, 3, last, ended(owner)).await;
        }
    }
    let abandoned = realm::living(owner);
    if !abandoned.is_empty() || !owner.is_done() {
        supervision(owner).reach(4);
        realm::announce(owner, 4);
        // To the root, not to the owner above: that one would wait for them without a bound.
        owner.bequeath_to(&root::heir());
    }
    end(owner, started, abandoned)
}

/// Waits for the end; a body that is left alone has a moment more, and is then cut.
async fn ended_body_last(owner: &Arc<Owner>, body: Option<&Spared>, moment: Duration) {
    let Some(body) = body else {
        return ended(owner).await;
    };
    let mut ended = pin!(ended(owner));
    let mut cut = pin!(async {
        realm::drained(owner, Range::BesideBody).await;
        Timer::after(moment).await;
        body.cut();
        pending::<()>().await;
    });
    poll_fn(|cx| match ended.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => cut.as_mut().poll(cx),
    })
    .await;
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
    realm::announce(owner, rung);
    if emit::is_info_enabled() {
        let mut tasks = realm::living(owner);
        let live = tasks.len();
        tasks.truncate(NAMED);
        emit!(INFO, supervisor = supervision.name, rung, live, ?tasks, "{what}");
    }
}

/// Waits for `end` on a rung, at most so long; `true` when it has come. A request for the next rung
/// cuts it short, and so does a ladder above that is farther; but nothing cuts short what it takes
/// to poll each task that was cancelled or forced.
///
/// All of it is outside of the budget of the task that runs the ladder: see [`limit::poll`].
async fn rung(owner: &Arc<Owner>, number: usize, limit: Duration, end: impl Future) -> bool {
    let mut end = pin!(end);
    let mut floor = Timer::at_most(if number > 1 { FLOOR } else { Duration::ZERO });
    let mut is_over = false;
    let mut over = pin!(async {
        let mut limit = Timer::after(limit);
        let mut pushed = pin!(asked(supervision(owner).progress(), number));
        let above = supervisor_above(owner);
        let mut farther = pin!(async {
            match &above {
                Some(above) => supervision(above).rung(number + 1).cancelled().await,
                None => pending().await,
            }
        });
        poll_fn(|cx| {
            let over = pin!(&mut limit).poll(cx).is_ready()
                || pushed.as_mut().poll(cx).is_ready()
                || farther.as_mut().poll(cx).is_ready();
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
    poll_fn(|cx| {
        if limit::poll(end.as_mut(), cx).is_ready() {
            return Poll::Ready(true);
        }
        is_over = is_over || limit::poll(over.as_mut(), cx).is_ready();
        if is_over { limit::poll(pin!(&mut floor), cx).map(|()| false) } else { Poll::Pending }
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

/// Waits for the end of an owner whose body has ended, or will, and of all that it answers for.
pub(crate) async fn ended(owner: &Arc<Owner>) {
    ended_in(owner, Range::All).await;
}

async fn ended_in(owner: &Arc<Owner>, range: Range) {
    poll_fn(|cx| {
        owner.leave_waker(cx.waker());
        if owner.park() { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    realm::drained(owner, range).await;
}

fn supervision(owner: &Arc<Owner>) -> &Supervision {
    owner.supervision.as_deref().expect("only supervisors have a ladder")
}

/// What a supervisor's tasks came to, with those that it gives up.
pub(crate) fn report(owner: &Arc<Owner>, started: Instant, abandoned: Vec<TaskInfo>) -> Report {
    let supervision = supervision(owner);
    let [finished, failed, panicked, cancelled] = supervision.counts.read();
    let forced = realm::take_forced(owner);
    let (name, elapsed) = (supervision.name.clone(), started.elapsed());
    Report { name, finished, failed, panicked, cancelled, forced, abandoned, elapsed }
}

/// Tells a report as an event.
pub(crate) fn trace(report: &Report) {
    if report.is_clean() {
        emit!(INFO, "{report}");
    } else {
        emit!(ERROR, "{report}");
    }
}

/// Makes the report of a ladder that is over.
fn end(owner: &Arc<Owner>, started: Instant, abandoned: Vec<TaskInfo>) -> Report {
    let report = report(owner, started, abandoned);
    trace(&report);
    report
}
