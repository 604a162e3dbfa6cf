//! The ladder (R11): requested, grace, cancel, bounded wait, report. Time is paused and exact.

mod abandoned;
mod events;
mod hostile;
mod names;
mod nested;
mod no_time;
mod own_grace;
mod report;
mod requests;
mod shield_grace;

use std::future::pending;
use std::time::Duration;

use foster::{Spawner, Supervisor, TaskInfo, checkpoint, scope, shield, shutdown_requested};
use tokio::time::{Instant, sleep};

use crate::supervisor::Failures;
use crate::support::{OnDrop, Polls, Probes, both, poll_once, single, traces};

const SECOND: Duration = Duration::from_secs(1);

/// What the rungs that cancel and force last at most when there is no time at all.
const TURN: Duration = Duration::from_millis(10);

#[test]
fn without_tasks_the_ladder_ends_at_once() {
    single(async || {
        let report = Supervisor::builder("idle").build().shutdown().await;
        assert_eq!(report.elapsed, Duration::ZERO);
        assert!(report.is_clean());
    });
}

#[test]
fn tasks_that_end_in_the_grace_are_not_cancelled() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).build();
        for n in 1..=3 {
            sup.launch(async move {
                shutdown_requested().await;
                sleep(n * SECOND).await;
            });
        }
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.cancelled), (3, 0));
        assert_eq!(report.elapsed, 3 * SECOND, "the ladder ends with the last task");
        assert!(traces().iter().all(|event| !event.text.contains("cancelling")));
    });
}

#[test]
fn what_outlasts_the_grace_is_cancelled_then_and_not_earlier() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).build();
        let start = Instant::now();
        let (send, cancelled) = tokio::sync::oneshot::channel();
        sup.launch(async move {
            let _cleanup = OnDrop::new(move || send.send(start.elapsed()).expect("it is awaited"));
            pending::<()>().await;
        });
        let report = sup.shutdown().await;
        assert_eq!(cancelled.await, Ok(5 * SECOND));
        assert_eq!((report.finished, report.cancelled), (0, 1));
        assert_eq!(report.elapsed, 5 * SECOND);
        assert!(report.is_clean(), "to be cancelled is no loss");
    });
}

#[test]
fn without_grace_tasks_are_cancelled_at_the_request() {
    both(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        for _ in 0..10 {
            let probe = probes.probe();
            sup.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
        }
        let report = sup.shutdown().await;
        probes.all_dropped(10);
        assert_eq!(report.cancelled, 10, "a task that never ran is cancelled, too");
    });
}

#[test]
fn the_cancel_rung_reaches_the_whole_subtree_and_waits_for_it() {
    both(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..5 {
            let [outer, middle, inner] = [(); 3].map(|()| probes.probe());
            let started = started.clone();
            sup.launch(async move {
                let _outer = outer;
                scope!(|s| {
                    s.launch(async move {
                        let _middle = middle;
                        scope!(|s| {
                            let inner = s.spawn(async move {
                                let _inner = inner;
                                started.send(()).expect("the test waits");
                                pending::<()>().await;
                            });
                            inner.await;
                        })
                        .await;
                    });
                    pending::<()>().await;
                })
                .await;
            });
        }
        for _ in 0..5 {
            starts.recv().await.expect("five children say that they run");
        }
        let report = sup.shutdown().await;
        probes.all_dropped(15);
        assert_eq!(report.cancelled, 5, "its own tasks are counted, those of scopes are not");
        assert!(report.is_clean());
    });
}

#[test]
fn a_shield_is_waited_for_in_the_cancel_rung() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).cancel_within(30 * SECOND).build();
        let start = Instant::now();
        let (send, gone) = tokio::sync::oneshot::channel();
        sup.launch(async move {
            let _cleanup = OnDrop::new(move || send.send(start.elapsed()).expect("it is awaited"));
            shield!(sleep(20 * SECOND).await).named("charge").await;
        });
        let report = sup.shutdown().await;
        assert_eq!(gone.await, Ok(5 * SECOND), "who awaits it is cancelled");
        assert_eq!(report.elapsed, 20 * SECOND);
        assert_eq!((report.finished, report.cancelled), (1, 1));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn a_shield_without_end_is_forced_and_named_before_the_end_of_the_last_bound() {
    // After the grace of 5 s: the last rung has a tenth of the bound, at most 100 ms.
    for (cancel_within, forced_at) in [(30_000, 34_900), (1_000, 5_900), (500, 5_450)] {
        let expected = Duration::from_millis(forced_at);
        let cancel_within = Duration::from_millis(cancel_within);
        single(async move || {
            let sup = Supervisor::builder("shop").grace(5 * SECOND).cancel_within(cancel_within);
            let sup = sup.build();
            let start = Instant::now();
            let (send, forced) = tokio::sync::oneshot::channel();
            let line = line!() + 3;
            sup.launch(async move {
                let cleanup = OnDrop::new(move || send.send(start.elapsed()).expect("awaited"));
                shield!({
                    let _cleanup = cleanup;
                    pending::<()>().await;
                })
                .named("charge")
                .await;
            });
            let report = sup.shutdown().await;
            assert_eq!(forced.await, Ok(expected));
            assert_eq!(report.elapsed, expected);
            assert_eq!(report.forced.len(), 1);
            assert_eq!(report.forced[0].name(), "charge");
            assert_eq!(report.forced[0].location().line(), line);
            assert!(report.abandoned.is_empty() && !report.is_clean());
            assert_eq!(report.cancelled, 2, "the forced one and who awaited it");
        });
    }
}

#[test]
fn the_scope_that_a_shield_opened_goes_with_it() {
    single(async || {
        let probes = Probes::new();
        let (child, helper) = (probes.probe(), probes.probe());
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        sup.launch(async move {
            let books = shield!({
                scope!(|s| {
                    s.launch(async move {
                        let _child = child;
                        sleep(SECOND * 3 / 2).await;
                    });
                    s.background(async move {
                        let _helper = helper;
                        shield!(pending::<()>().await).named("entry").await;
                    });
                })
                .await;
            });
            books.named("books").await;
        });
        let report = sup.shutdown().await;
        // The child outlasted the cancel rung; the helper's own shield had to be forced.
        let mut forced: Vec<_> = report.forced.iter().map(TaskInfo::name).collect();
        forced.sort_unstable();
        assert_eq!(forced, ["books", "entry"]);
        probes.all_dropped(2);
        assert!(report.abandoned.is_empty());
    });
}

/// What could be stopped is not abandoned: the last rung also reaches what comes up in it.
#[test]
fn what_a_forced_shield_leaves_behind_is_forced_as_well() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        let books = async {
            let nested = Supervisor::builder("counter").build();
            nested.launch(async { shield!(pending::<()>().await).named("entry").await });
            nested.run_until(pending::<()>()).await.is_clean()
        };
        assert!(poll_once(&mut sup.shield(books).named("books")).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned, [], "{report}");
        let mut forced: Vec<_> = report.forced.iter().map(TaskInfo::name).collect();
        forced.sort_unstable();
        assert_eq!(forced, ["books", "entry"]);
    });
}

#[test]
fn a_failure_during_the_ladder_does_not_cut_it_short() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(5 * SECOND).build();
        sup.launch(async {
            sleep(SECOND).await;
            Err(std::io::Error::other("in the grace"))
        });
        sup.launch(async {
            sleep(2 * SECOND).await;
            panic!("in the grace, too")
        });
        sup.launch(async { sleep(3 * SECOND).await });
        let report = sup.shutdown().await;
        assert_eq!(report.elapsed, 3 * SECOND);
        assert_eq!((report.finished, report.failed, report.panicked), (1, 1, 1));
        assert_eq!(failures.what(), ["error: in the grace", "panic: in the grace, too"]);
    });
}

#[test]
fn launches_are_accepted_in_the_grace_and_waited_for() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).build();
        let spawner = sup.spawner();
        sup.launch(async move {
            shutdown_requested().await;
            sleep(SECOND).await;
            spawner.launch(sleep(2 * SECOND)).expect("a request in flight finishes its work");
        });
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.cancelled), (2, 0));
        assert_eq!(report.elapsed, 3 * SECOND);
    });
}

#[test]
fn launches_are_handed_back_after_the_grace_and_shields_are_not() {
    single(async || {
        let probes = Probes::new();
        let (late, inner) = (probes.probe(), probes.probe());
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(30 * SECOND).build();
        let spawner = sup.spawner();
        let ambient = Spawner::current();
        assert!(poll_once(&mut sup.shield(sleep(5 * SECOND))).await.is_pending());
        sup.launch(async move {
            let _inner = inner;
            pending::<()>().await;
        });
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending());
        sleep(2 * SECOND).await; // somebody has to move the ladder
        assert!(poll_once(&mut ladder).await.is_pending());
        let (future, polls) = Polls::of(async move { drop(late) });
        let back = spawner.launch(future).expect_err("the grace is over");
        assert_eq!(polls.load(std::sync::atomic::Ordering::SeqCst), 0);
        let shield = async {
            checkpoint().await;
            sleep(8 * SECOND).await;
            7
        };
        let mut shield = spawner.shield(shield);
        assert!(poll_once(&mut shield).await.is_pending());
        let report = ladder.await;
        assert_eq!(report.elapsed, 10 * SECOND, "the ladder waits for the new shield");
        assert_eq!(shield.await, 7);
        assert_eq!((report.finished, report.cancelled, report.forced.len()), (2, 1, 0));
        drop(back);
        probes.all_dropped(2);
        assert_eq!(ambient.live(), 0);
    });
}
