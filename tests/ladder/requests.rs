//! Requests of shutdown: who makes one, who hears of it, and what a further one does.

use std::future::pending;
use std::thread;
use std::time::Duration;

use foster::{Spawner, Supervisor, checkpoint, scope, shield, shutdown_requested};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::{SECOND, TURN};
use crate::support::{both, multi, poll_once, single, until};

/// A grace that nobody waits for.
const FOR_EVER: Duration = Duration::MAX;

/// In real time: a paused clock runs ahead of what another thread has half done.
#[test]
fn a_request_from_anywhere_ends_run_until() {
    multi(async || {
        let sup = Supervisor::builder("shop").grace(FOR_EVER).build();
        let spawner = sup.spawner();
        sup.launch(shutdown_requested());
        let signal = thread::spawn(move || spawner.shutdown()); // as a signal handler's thread
        let report = sup.run_until(pending::<()>()).await;
        signal.join().expect("a request does not panic");
        assert_eq!((report.finished, report.cancelled), (1, 0));
    });
}

#[test]
fn a_request_is_heard_in_scopes_and_shields_below() {
    both(async || {
        let sup = Supervisor::builder("shop").grace(FOR_EVER).build();
        sup.launch(async {
            scope!(|s| {
                s.launch(shutdown_requested());
                s.background(async {
                    shutdown_requested().await;
                    assert!(Spawner::current().is_shutting_down());
                    pending::<()>().await;
                });
                shield!({
                    scope!(|s| s.spawn(shutdown_requested()).await).await;
                })
                .await;
            })
            .await;
        });
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.cancelled), (1, 0), "nobody had to be cancelled");
    });
}

#[test]
fn a_request_before_the_run_is_not_lost() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).build();
        sup.spawner().shutdown();
        assert!(sup.spawner().is_shutting_down());
        sup.launch(pending::<()>());
        let report = sup.run_until(pending::<()>()).await;
        assert_eq!((report.elapsed, report.cancelled), (2 * SECOND, 1), "the grace is kept");
    });
}

#[test]
fn a_request_while_join_waits_runs_the_ladder() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).build();
        let spawner = sup.spawner();
        sup.launch(pending::<()>());
        let start = Instant::now();
        let mut join = Box::pin(sup.join());
        assert!(poll_once(&mut join).await.is_pending());
        sleep(3 * SECOND).await;
        spawner.shutdown();
        let report = join.await;
        assert_eq!(report.cancelled, 1);
        assert_eq!(start.elapsed(), 5 * SECOND, "the grace counts from the request");
    });
}

#[test]
fn each_further_request_goes_on_to_the_next_rung() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(FOR_EVER).cancel_within(FOR_EVER).build();
        let spawner = sup.spawner();
        let start = Instant::now();
        let (send, gone) = oneshot::channel::<()>();
        sup.launch(async move {
            let _gone = send;
            shield!(pending::<()>().await).named("stuck").await;
        });
        let mut ladder = Box::pin(sup.run_until(pending::<()>()));
        spawner.shutdown();
        assert!(poll_once(&mut ladder).await.is_pending(), "in the grace");
        assert_eq!(spawner.live(), 1, "the task has not even started");
        until(|| spawner.live() == 2).await;
        spawner.shutdown();
        assert!(poll_once(&mut ladder).await.is_pending(), "in the cancel rung");
        assert!(gone.await.is_err(), "the task is cancelled");
        until(|| spawner.live() == 1).await;
        spawner.shutdown();
        let report = ladder.await;
        assert_eq!(report.forced.len(), 1, "the shield is forced");
        assert!(start.elapsed() <= 2 * TURN, "nobody waited: {:?}", start.elapsed());
    });
}

/// A second Ctrl-C is meant, also when the first was not seen yet.
#[test]
fn a_second_request_counts_also_when_it_comes_before_the_ladder() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).cancel_within(FOR_EVER).build();
        let spawner = sup.spawner();
        sup.launch(pending::<()>());
        spawner.shutdown();
        spawner.shutdown();
        let report = sup.run_until(pending::<()>()).await;
        assert_eq!(report.elapsed, Duration::ZERO, "the grace is skipped");
        assert_eq!(report.cancelled, 1);
    });
}

/// Two requests that come together, while the ladder waits, are two.
#[test]
fn two_further_requests_go_on_by_two_rungs() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(FOR_EVER).cancel_within(20 * SECOND).build();
        let spawner = sup.spawner();
        assert!(poll_once(&mut sup.shield(pending::<()>()).named("stuck")).await.is_pending());
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending(), "in the grace");
        spawner.shutdown();
        spawner.shutdown();
        let report = ladder.await;
        assert!(report.elapsed <= TURN, "no rung is waited for: {:?}", report.elapsed);
        assert_eq!(report.forced.len(), 1);
    });
}

/// What time has brought about is not asked for once more.
#[test]
fn a_request_on_a_rung_that_was_reached_by_time_goes_on_to_the_next_one() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).cancel_within(FOR_EVER).build();
        let spawner = sup.spawner();
        assert!(poll_once(&mut sup.shield(pending::<()>()).named("stuck")).await.is_pending());
        let request = async {
            sleep(5 * SECOND).await;
            spawner.shutdown();
        };
        let (report, ()) = tokio::join!(sup.shutdown(), request);
        assert_eq!((report.elapsed, report.forced.len()), (5 * SECOND, 1), "{report}");
    });
}

#[test]
fn a_request_after_the_end_harms_nobody() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        assert!(sup.join().await.is_clean());
        spawner.shutdown();
        spawner.shutdown_requested().await;
        assert!(spawner.is_shutting_down());
    });
}

#[test]
fn where_there_is_no_supervisor_a_request_does_nothing() {
    both(async || {
        let root = Spawner::current();
        root.shutdown();
        assert!(!root.is_shutting_down());
        let mut requested = Box::pin(shutdown_requested());
        assert!(poll_once(&mut requested).await.is_pending());
        checkpoint().await;
        assert!(poll_once(&mut requested).await.is_pending());
    });
}
