//! A grace of a task's own (R11): how long a shutdown lets that one run.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foster::{
    CancelReason, Spawner, Supervisor, SupervisorBuilder, cancel_reason, checkpoint, scope,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::SECOND;
use crate::support::{Fault, OnDrop, Probes, both, poll_once, single, traces, until};

/// Cancels at 5 s, forces at 34.9 s and gives up at 35 s.
fn shop() -> SupervisorBuilder {
    Supervisor::builder("shop").grace(5 * SECOND).cancel_within(30 * SECOND)
}

/// When something was dropped, and why.
type Dropped = (Duration, Option<CancelReason>);

/// A task that never ends by itself, and what becomes of it.
fn endless() -> (impl Future<Output = ()> + Send, oneshot::Receiver<Dropped>) {
    let (start, (send, dropped)) = (Instant::now(), oneshot::channel());
    let task = async move {
        let note = move || send.send((start.elapsed(), cancel_reason())).unwrap_or_default();
        let _note = OnDrop::new(note);
        pending::<()>().await;
    };
    (task, dropped)
}

const SHUTDOWN: Option<CancelReason> = Some(CancelReason::Shutdown);

#[test]
fn with_a_longer_one_a_task_may_end_after_the_others_were_cancelled() {
    single(async || {
        let sup = shop().build();
        let (other, dropped) = endless();
        sup.launch(other);
        sup.task("indexer").grace(20 * SECOND).launch(sleep(15 * SECOND));
        let report = sup.shutdown().await;
        assert_eq!(dropped.await, Ok((5 * SECOND, SHUTDOWN)), "the others are cancelled in time");
        assert_eq!((report.finished, report.cancelled), (1, 1));
        assert_eq!(report.elapsed, 15 * SECOND);
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn when_a_longer_one_is_over_the_task_is_cancelled_and_that_is_no_loss() {
    single(async || {
        let sup = shop().build();
        let (task, dropped) = endless();
        sup.task("indexer").grace(20 * SECOND).launch(task);
        let report = sup.shutdown().await;
        assert_eq!(dropped.await, Ok((20 * SECOND, SHUTDOWN)));
        assert_eq!((report.cancelled, report.elapsed), (1, 20 * SECOND));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn with_a_shorter_one_the_task_is_cancelled_before_the_others() {
    single(async || {
        let sup = shop().build();
        let (other, later) = endless();
        sup.launch(other);
        let (task, dropped) = endless();
        sup.task("ticker").grace(2 * SECOND).launch(task);
        let report = sup.shutdown().await;
        assert_eq!(dropped.await, Ok((2 * SECOND, SHUTDOWN)));
        assert_eq!(later.await, Ok((5 * SECOND, SHUTDOWN)));
        assert_eq!((report.cancelled, report.elapsed), (2, 5 * SECOND));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn with_none_at_all_the_task_is_cancelled_at_the_request() {
    single(async || {
        let sup = shop().build();
        let (task, dropped) = endless();
        sup.task("ticker").grace(Duration::ZERO).launch(task);
        let unheard =
            sup.task("quote").grace(Duration::ZERO).attempt(pending::<Result<(), Fault>>());
        sleep(9 * SECOND).await;
        assert_eq!(sup.live(), 2, "without a request a grace is not used up");
        let report = sup.shutdown().await;
        assert_eq!(dropped.await, Ok((9 * SECOND, SHUTDOWN)));
        assert!(unheard.await.unwrap_err().is_cancelled());
        assert_eq!((report.cancelled, report.elapsed), (2, Duration::ZERO));
    });
}

/// It could not be kept waiting longer than the ladder as a whole.
#[test]
fn one_that_is_longer_than_the_ladder_ends_at_the_last_rung_by_name() {
    single(async || {
        let sup = shop().build();
        let (task, dropped) = endless();
        let line = line!() + 1;
        sup.task("indexer").grace(Duration::MAX).launch(task);
        let report = sup.shutdown().await;
        let last = Duration::from_millis(34_900);
        assert_eq!(dropped.await, Ok((last, SHUTDOWN)));
        assert_eq!((report.cancelled, report.elapsed), (1, last));
        assert_eq!((report.forced.len(), report.abandoned.len()), (1, 0), "{report}");
        let forced = report.forced[0];
        assert_eq!((forced.name(), forced.location().line()), ("indexer", line));
        let named = |event: &&crate::support::Trace| event.text.contains("stopped before its end");
        assert_eq!(traces().iter().filter(named).count(), 1);
    });
}

#[test]
fn what_the_task_opened_runs_on_with_it() {
    single(async || {
        let sup = shop().build();
        let (send, ended) = oneshot::channel();
        sup.task("indexer").grace(20 * SECOND).launch(async move {
            let n = scope!(|s| {
                s.background(pending::<()>());
                let slow = s.spawn(async {
                    sleep(15 * SECOND).await;
                    7
                });
                slow.await
            });
            send.send(n.await).expect("the test waits");
        });
        let report = sup.shutdown().await;
        assert_eq!(ended.await, Ok(7));
        assert_eq!((report.finished, report.elapsed), (1, 15 * SECOND));
    });
}

#[test]
fn when_it_is_over_what_the_task_opened_ends_with_it() {
    for grace in [2 * SECOND, 20 * SECOND] {
        single(async move || {
            let sup = shop().build();
            let (child, dropped) = endless();
            sup.task("indexer").grace(grace).launch(async move {
                scope!(|s| s.launch(child)).await;
            });
            let report = sup.shutdown().await;
            assert_eq!(dropped.await, Ok((grace, SHUTDOWN)));
            assert_eq!((report.elapsed, report.cancelled), (grace, 1));
            assert!(report.is_clean(), "{report}");
        });
    }
}

#[test]
fn of_a_task_that_starts_later_it_counts_from_the_start() {
    single(async || {
        let sup = shop().build();
        let spawner = sup.spawner();
        let [long, short, none] = [endless(), endless(), endless()];
        sup.launch(async move {
            sleep(3 * SECOND).await;
            let in_grace = "the supervisor's grace is not over";
            spawner.task("long").grace(9 * SECOND).launch(long.0).expect(in_grace);
            spawner.task("short").grace(SECOND).launch(short.0).expect(in_grace);
            spawner.task("none").grace(Duration::ZERO).launch(none.0).expect(in_grace);
        });
        let report = sup.shutdown().await;
        assert_eq!(none.1.await, Ok((3 * SECOND, SHUTDOWN)));
        assert_eq!(short.1.await, Ok((4 * SECOND, SHUTDOWN)));
        assert_eq!(long.1.await, Ok((12 * SECOND, SHUTDOWN)));
        assert_eq!((report.finished, report.cancelled, report.elapsed), (1, 3, 12 * SECOND));
    });
}

/// R12: a grace of its own starts nothing after the cancel rung.
#[test]
fn after_the_grace_of_the_supervisor_the_task_is_handed_back() {
    single(async || {
        let sup = shop().build();
        let spawner = sup.spawner();
        let probes = Probes::new();
        let probe = probes.probe();
        let asks = async move {
            sleep(6 * SECOND).await;
            let late = spawner.task("late").grace(20 * SECOND).launch(async move { drop(probe) });
            assert!(late.is_err(), "the supervisor is being cancelled");
        };
        sup.task("asks").grace(20 * SECOND).launch(asks);
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.panicked, report.elapsed), (1, 0, 6 * SECOND));
        probes.all_dropped(1);
    });
}

#[test]
fn a_second_request_ends_it() {
    single(async || {
        let sup = shop().build();
        let spawner = sup.spawner();
        let (own, dropped) = endless();
        sup.task("indexer").grace(20 * SECOND).launch(own);
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending());
        sleep(SECOND).await;
        assert_eq!(spawner.live(), 1);
        spawner.shutdown();
        let report = ladder.await;
        assert_eq!(dropped.await, Ok((SECOND, SHUTDOWN)));
        assert_eq!((report.cancelled, report.elapsed), (1, SECOND));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn two_requests_before_the_ladder_end_it_too() {
    both(async || {
        let sup = shop().build();
        let spawner = sup.spawner();
        sup.task("indexer").grace(20 * SECOND).launch(pending::<()>());
        spawner.shutdown();
        checkpoint().await;
        assert_eq!(spawner.live(), 1);
        spawner.shutdown();
        let report = sup.run_until(pending::<()>()).await;
        assert_eq!((report.cancelled, report.forced.len()), (1, 0), "{report}");
        assert!(report.elapsed < SECOND, "{report}");
    });
}

#[test]
fn a_dropped_supervisor_does_not_wait_for_it() {
    both(async || {
        let sup = shop().build();
        let (own, dropped) = endless();
        let ran = Arc::new(AtomicBool::new(false));
        let runs = Arc::clone(&ran);
        sup.task("indexer").grace(Duration::MAX).launch(async move {
            runs.store(true, Ordering::SeqCst);
            own.await;
        });
        until(|| ran.load(Ordering::SeqCst)).await;
        drop(sup);
        foster::root().drained().await;
        let (_, reason) = dropped.await.expect("it is dropped");
        assert_eq!(reason, Some(CancelReason::Dropped));
    });
}

/// Whoever cancels it means it: nothing was lost.
#[test]
fn a_task_that_is_cancelled_by_hand_is_not_forced() {
    both(async || {
        let sup = shop().build();
        let own = sup.task("indexer").grace(9 * SECOND).attempt(pending::<Result<(), Fault>>());
        checkpoint().await;
        assert!(own.cancel().await.is_none());
        let report = sup.join().await;
        assert_eq!((report.cancelled, report.forced.len()), (1, 0), "{report}");
        assert!(report.is_clean());
    });
}

/// What cancels the scope cancels the task: only supervisors have a ladder.
#[test]
fn it_does_not_hold_the_lexical_scope_that_owns_the_task() {
    single(async || {
        let sup = shop().build();
        let (own, dropped) = endless();
        let token = CancellationToken::new();
        let stop = token.clone();
        let (short, gone) = endless();
        sup.task("around").grace(20 * SECOND).launch(async move {
            let scope = scope!(|_s| {
                let spawner = Spawner::current();
                spawner.task("indexer").grace(Duration::MAX).launch(own).expect("it is open");
                spawner.task("ticker").grace(SECOND).launch(short).expect("it is open");
                pending::<()>().await;
            });
            scope.cancelled_by(stop).await.expect_err("it was cancelled");
        });
        let cancels = async {
            sleep(7 * SECOND).await;
            token.cancel();
        };
        let (report, ()) = tokio::join!(sup.shutdown(), cancels);
        assert_eq!(gone.await, Ok((SECOND, SHUTDOWN)), "a shorter one holds there, too");
        assert_eq!(dropped.await, Ok((7 * SECOND, Some(CancelReason::Token))));
        assert_eq!((report.finished, report.forced.len(), report.elapsed), (1, 0, 7 * SECOND));
    });
}
