//! A supervisor below another: its ladder takes no longer than what is left of the outer one's.

use std::future::pending;
use std::time::Duration;

use foster::{CancelReason, Report, Supervisor, TaskInfo, cancel_reason, root, shield};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::SECOND;
use crate::support::{OnDrop, poll_once, single, until};

/// What an inner supervisor came to: when its task was dropped, and its own report, if it made one.
struct Ended {
    dropped: oneshot::Receiver<(Duration, Option<CancelReason>)>,
    report: oneshot::Receiver<Report>,
}

/// Runs an inner supervisor with one task that never ends by itself; awaited in a shield, or in a
/// plain task. The inner one has the bounds given.
fn inner(grace: Duration, cancel_within: Duration) -> (impl Future<Output = ()> + Send, Ended) {
    let (start, (send, dropped)) = (Instant::now(), oneshot::channel());
    let (reports, report) = oneshot::channel();
    let work = async move {
        let inner = Supervisor::builder("inner").grace(grace).cancel_within(cancel_within).build();
        inner.launch(async move {
            let note = move || send.send((start.elapsed(), cancel_reason())).unwrap_or_default();
            let _note = OnDrop::new(note);
            pending::<()>().await;
        });
        let report = inner.run_until(pending::<()>()).await;
        reports.send(report).expect("the test waits");
    };
    (work, Ended { dropped, report })
}

const HOUR: Duration = Duration::from_hours(1);

/// A task that the cancel rung ended.
fn cancelled_at(time: Duration) -> (Duration, Option<CancelReason>) {
    (time, Some(CancelReason::Shutdown))
}

#[test]
fn the_inner_grace_ends_with_the_outer_one() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(2 * SECOND).cancel_within(30 * SECOND);
        let outer = outer.build();
        let (work, ended) = inner(HOUR, HOUR);
        // In a shield: the inner ladder outlives the outer cancel rung.
        outer.launch(async { shield!(work.await).await });
        let report = outer.shutdown().await;
        assert_eq!(ended.dropped.await, Ok(cancelled_at(2 * SECOND)));
        assert_eq!(report.elapsed, 2 * SECOND);
        assert!(report.is_clean(), "{report}");
        let report = ended.report.await.expect("the shield finishes");
        assert_eq!((report.cancelled, report.elapsed), (1, 2 * SECOND));
    });
}

#[test]
fn shorter_bounds_of_the_inner_one_are_kept() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(9 * SECOND).build();
        let (work, ended) = inner(SECOND, SECOND);
        outer.launch(work);
        let report = outer.shutdown().await;
        assert_eq!(ended.dropped.await, Ok(cancelled_at(SECOND)));
        assert_eq!((report.finished, report.cancelled, report.elapsed), (1, 0, SECOND));
        assert_eq!(ended.report.await.expect("it has ended").elapsed, SECOND);
    });
}

#[test]
fn an_inner_ladder_that_began_earlier_is_cut_short_as_well() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(2 * SECOND).build();
        let start = Instant::now();
        let (send, task) = oneshot::channel();
        let (reports, report) = oneshot::channel();
        let work = async move {
            let inner = Supervisor::builder("inner").grace(30 * SECOND).build();
            inner.launch(async move {
                let _note = OnDrop::new(move || send.send(start.elapsed()).unwrap_or_default());
                pending::<()>().await;
            });
            reports.send(inner.shutdown().await).expect("the test waits");
        };
        let mut shield = outer.shield(work);
        assert!(poll_once(&mut shield).await.is_pending());
        sleep(7 * SECOND).await;
        assert!(outer.shutdown().await.is_clean());
        assert_eq!(task.await, Ok(9 * SECOND), "two seconds after the outer request");
        assert_eq!(report.await.expect("it has ended").elapsed, 9 * SECOND);
    });
}

/// A second Ctrl-C at the top is meant for all that is below.
#[test]
fn a_second_request_of_the_outer_one_hurries_the_inner() {
    single(async || {
        let forever = Duration::MAX;
        let outer = Supervisor::builder("outer").grace(forever).cancel_within(forever).build();
        let spawner = outer.spawner();
        let (work, ended) = inner(forever, forever);
        outer.launch(async { shield!(work.await).await });
        let mut ladder = Box::pin(outer.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending());
        sleep(SECOND).await;
        spawner.shutdown();
        let report = ladder.await;
        assert_eq!(ended.dropped.await, Ok(cancelled_at(SECOND)));
        assert_eq!(report.elapsed, SECOND);
        assert!(report.is_clean(), "{report}");
    });
}

/// The last rung of the outer one is the inner's last rung, too; what is forced is named once.
#[test]
fn the_inner_ladder_takes_no_longer_than_is_left_of_the_outer() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(SECOND).cancel_within(10 * SECOND).build();
        let (lines, start) = (line!() + 5, Instant::now());
        let books = async {
            let inner = Supervisor::builder("inner").grace(HOUR).cancel_within(HOUR).build();
            let spawner = inner.spawner();
            inner.task("own grace").grace(HOUR).launch(pending::<()>());
            let mut entry = spawner.shield(pending::<()>()).named("entry");
            assert!(poll_once(&mut entry).await.is_pending());
            inner.run_until(pending::<()>()).await.is_clean()
        };
        let mut books = outer.shield(books).named("books");
        assert!(poll_once(&mut books).await.is_pending());
        let report = outer.shutdown().await;
        let last = Duration::from_millis(10_900);
        assert_eq!((report.elapsed, start.elapsed()), (last, last));
        assert_eq!(report.abandoned, [], "{report}");
        let mut forced: Vec<_> =
            report.forced.iter().map(|task| (task.name(), task.location().line())).collect();
        forced.sort_unstable();
        assert_eq!(
            forced.iter().map(|task| task.0).collect::<Vec<_>>(),
            ["books", "entry"],
            "the task is cancelled with the inner supervisor, which is dropped"
        );
        assert_eq!(forced[1].1, lines);
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn in_a_plain_task_the_inner_one_is_cancelled_with_it() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(2 * SECOND).build();
        let (work, mut ended) = inner(HOUR, HOUR);
        outer.launch(work);
        let report = outer.shutdown().await;
        assert_eq!(ended.dropped.await, Ok(cancelled_at(2 * SECOND)));
        assert_eq!((report.cancelled, report.elapsed), (1, 2 * SECOND));
        assert!(report.is_clean(), "{report}");
        assert!(ended.report.try_recv().is_err(), "it was dropped in its ladder");
    });
}

#[test]
fn three_levels_end_with_the_first_that_is_over() {
    for (graces, over) in [([2, 9, 9], 2), ([9, 2, 9], 2), ([9, 9, 2], 2), ([3, 9, 4], 3)] {
        single(async move || {
            let [top, middle, bottom] = graces.map(|grace| grace * SECOND);
            let top = Supervisor::builder("top").grace(top).build();
            let (work, ended) = inner(bottom, HOUR);
            let middle = async move {
                let middle = Supervisor::builder("middle").grace(middle).build();
                middle.launch(async { shield!(work.await).await });
                assert!(middle.run_until(pending::<()>()).await.is_clean());
            };
            top.launch(async { shield!(middle.await).await });
            let report = top.shutdown().await;
            assert_eq!(ended.dropped.await, Ok(cancelled_at(over * SECOND)), "{graces:?}");
            assert_eq!(report.elapsed, over * SECOND);
            assert!(report.is_clean(), "{report}");
        });
    }
}

/// One between them whose own ladder does not run holds nobody.
#[test]
fn the_inner_ladder_follows_all_that_are_above_it() {
    single(async || {
        let top = Supervisor::builder("top").grace(2 * SECOND).build();
        let (work, ended) = inner(HOUR, HOUR);
        let middle = async {
            let middle = Supervisor::builder("middle").grace(HOUR).build();
            middle.shield(work).await;
            assert_eq!(middle.live(), 0, "it stays open");
        };
        top.launch(async { shield!(middle.await).await });
        let report = top.shutdown().await;
        assert_eq!(ended.dropped.await, Ok(cancelled_at(2 * SECOND)));
        assert_eq!(report.elapsed, 2 * SECOND);
        assert!(report.is_clean(), "{report}");
    });
}

/// The inner one was moved out of it, and outlives it.
#[test]
fn one_between_them_that_has_ended_is_passed_over() {
    single(async || {
        let top = Supervisor::builder("top").grace(2 * SECOND).build();
        let (send, moved) = oneshot::channel();
        let (take, taken) = oneshot::channel();
        top.launch(async move {
            let middle = Supervisor::builder("middle").grace(Duration::ZERO).build();
            middle.launch(async move {
                assert!(send.send(Supervisor::builder("inner").grace(HOUR).build()).is_ok());
                pending::<()>().await;
            });
            taken.await.expect("the test has it");
            assert!(middle.shutdown().await.is_clean());
        });
        let inner = moved.await.expect("it is built");
        take.send(()).expect("its builder waits");
        let spawner = top.spawner();
        until(|| spawner.live() == 0).await;
        top.launch(pending::<()>());
        inner.launch(pending::<()>());
        let (top, inner) = tokio::join!(top.shutdown(), inner.run_until(pending::<()>()));
        assert!(top.is_clean(), "{top}");
        assert_eq!((inner.cancelled, inner.elapsed), (1, 2 * SECOND), "{inner}");
    });
}

/// It was moved out of the outer one's task, and is nobody's to wait for.
#[test]
fn after_the_outer_one_ended_cleanly_the_inner_has_its_own_time() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(SECOND).build();
        let (send, moved) = oneshot::channel();
        outer.launch(async move {
            let inner = Supervisor::builder("inner").grace(5 * SECOND).build();
            assert!(send.send(inner).is_ok(), "the test takes it");
            pending::<()>().await;
        });
        let inner = moved.await.expect("it is built");
        let report = outer.shutdown().await;
        assert_eq!((report.cancelled, report.elapsed), (1, SECOND));
        let spawner = inner.spawner();
        assert!(spawner.is_shutting_down(), "the request came down to it");
        spawner.launch(sleep(3 * SECOND)).expect("but it has not ended");
        inner.launch(pending::<()>());
        let report = inner.run_until(pending::<()>()).await;
        assert_eq!((report.finished, report.cancelled), (1, 1));
        assert_eq!(report.elapsed, 5 * SECOND);
    });
}

#[test]
fn the_report_of_the_outer_one_does_not_count_the_tasks_of_the_inner() {
    single(async || {
        let outer = Supervisor::builder("outer").grace(2 * SECOND).cancel_within(SECOND).build();
        let (reports, report) = oneshot::channel();
        outer.launch(async move {
            let inner = Supervisor::builder("inner").grace(SECOND).cancel_within(SECOND / 2);
            let inner = inner.build();
            (0..3).for_each(|_| inner.launch(pending::<()>()));
            let mut entry = inner.shield(pending::<()>()).named("entry");
            assert!(poll_once(&mut entry).await.is_pending());
            reports.send(inner.run_until(pending::<()>()).await).expect("the test waits");
        });
        let spawner = outer.spawner();
        until(|| spawner.live() == 1).await;
        let outer = outer.shutdown().await;
        let inner = report.await.expect("it has ended");
        assert_eq!((inner.cancelled, inner.forced.len()), (4, 1), "{inner}");
        assert_eq!(inner.elapsed, Duration::from_millis(1450));
        assert_eq!(inner.forced.iter().map(TaskInfo::name).collect::<Vec<_>>(), ["entry"]);
        assert_eq!((outer.finished, outer.cancelled, outer.forced.len()), (1, 0, 0), "{outer}");
    });
}
