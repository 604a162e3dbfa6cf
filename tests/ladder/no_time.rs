//! Rungs without time: each task that was cancelled or forced is polled once all the same.

use std::future::pending;
use std::time::Duration;

use foster::{Report, Supervisor, SupervisorBuilder, checkpoint, shield};
use tokio::sync::oneshot;

use super::{SECOND, TURN};
use crate::support::{both, poll_once, single, until};

fn hurried() -> SupervisorBuilder {
    Supervisor::builder("shop").grace(Duration::ZERO).cancel_within(Duration::ZERO)
}

/// How many of its tasks were cancelled, forced and abandoned.
fn counts(report: &Report) -> (usize, usize, usize) {
    (report.cancelled, report.forced.len(), report.abandoned.len())
}

#[test]
fn without_any_time_healthy_tasks_are_cancelled_and_none_is_abandoned() {
    both(async || {
        let sup = hurried().build();
        (0..100).for_each(|_| sup.launch(pending::<()>()));
        checkpoint().await;
        let report = sup.shutdown().await;
        assert_eq!(counts(&report), (100, 0, 0), "{report}");
    });
}

#[test]
fn without_any_time_shields_are_forced_and_none_is_abandoned() {
    both(async || {
        let sup = hurried().build();
        for _ in 0..10 {
            sup.launch(async { shield!(pending::<()>().await).named("payment").await });
        }
        let spawner = sup.spawner();
        until(|| spawner.live() == 20).await;
        let report = sup.shutdown().await;
        assert_eq!(counts(&report), (20, 10, 0), "{report}");
    });
}

#[test]
fn requests_that_come_at_once_leave_every_task_its_turn() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        let spawner = sup.spawner();
        sup.launch(pending::<()>());
        assert!(poll_once(&mut sup.shield(pending::<()>()).named("payment")).await.is_pending());
        (0..9).for_each(|_| spawner.shutdown());
        let report = sup.shutdown().await;
        assert_eq!(counts(&report), (2, 1, 0), "{report}");
        assert!(report.elapsed <= 2 * TURN, "{report}");
    });
}

/// The outer ladder has no time, and takes the inner one with it from rung to rung.
#[test]
fn a_ladder_above_that_is_farther_leaves_every_task_its_turn() {
    single(async || {
        let outer = hurried().build();
        let (reports, report) = oneshot::channel();
        let books = async move {
            let inner = Supervisor::builder("inner").build();
            (0..10).for_each(|_| inner.launch(pending::<()>()));
            reports.send(inner.run_until(pending::<()>()).await).expect("the test waits");
        };
        assert!(poll_once(&mut outer.shield(books).named("books")).await.is_pending());
        assert!(outer.shutdown().await.is_clean());
        assert_eq!(counts(&report.await.expect("it has ended")), (10, 0, 0));
    });
}
