//! Destructors that block, or panic, when their tasks are cancelled.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, TaskInfo, checkpoint, root, scope, shield};
use tokio::sync::oneshot;

use super::{Stuck, StuckInDrop, are_named, launch_innocents, let_go, patient, shut_down};
use crate::ladder::SECOND;
use crate::supervisor::Failures;
use crate::support::{Gate, OnDrop, both, multi, poll_once, single, until};

/// Holds something until it is cancelled; says that it runs once it was suspended.
async fn holds<T>(_held: T, running: oneshot::Sender<()>) {
    checkpoint().await;
    running.send(()).expect("the test waits");
    pending::<()>().await;
}

#[test]
fn the_cancel_rung_waits_for_a_destructor_that_blocks() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let (running, runs) = oneshot::channel();
        let sup = patient("shop").build();
        sup.launch(holds(StuckInDrop(stuck), running));
        launch_innocents(&sup);
        runs.await.expect("it says that it runs");
        let spawner = sup.spawner();
        let opens = async {
            begun.await.expect("it is cancelled");
            until(|| spawner.live() == 1).await;
            gate.open();
        };
        let (report, ()) = tokio::join!(sup.shutdown(), opens);
        assert_eq!((report.cancelled, report.abandoned.len()), (4, 0), "{report}");
    });
}

#[test]
fn a_destructor_that_blocks_for_too_long_is_abandoned_by_its_task() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let (running, runs) = oneshot::channel();
        let sup = patient("shop").build();
        let line = line!() + 1;
        sup.launch(holds(StuckInDrop(stuck), running));
        launch_innocents(&sup);
        runs.await.expect("it says that it runs");
        let (report, begun) = tokio::join!(shut_down(sup, 1), begun);
        begun.expect("it was cancelled");
        are_named(&report.abandoned, file!(), &[("holds", line)]);
        assert_eq!(report.cancelled, 3, "the innocent ones");
        let_go(&gate).await;
    });
}

#[test]
fn in_a_lexical_child_a_destructor_that_blocks_is_named_by_that_child() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let (running, runs) = oneshot::channel();
        let sup = patient("shop").build();
        let line = line!() + 4;
        sup.launch(async move {
            scope!(|s| {
                s.launch(pending::<()>());
                s.launch(holds(StuckInDrop(stuck), running));
            })
            .named("printing")
            .await;
        });
        launch_innocents(&sup);
        runs.await.expect("it says that it runs");
        let (report, begun) = tokio::join!(shut_down(sup, 1), begun);
        begun.expect("it was cancelled");
        are_named(&report.abandoned, file!(), &[("printing", line)]);
        let_go(&gate).await;
    });
}

/// What the last rung stops may take its time, too.
#[test]
fn a_forced_shield_whose_destructor_blocks_is_abandoned_by_name() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let (running, runs) = oneshot::channel();
        let sup = patient("shop").build();
        let line = line!() + 1;
        let mut charge = sup.shield(holds(StuckInDrop(stuck), running)).named("charge");
        assert!(poll_once(&mut charge).await.is_pending());
        runs.await.expect("it says that it runs");
        let spawner = sup.spawner();
        let hurries = async {
            (0..3).for_each(|_| spawner.shutdown());
            begun.await.expect("it is forced");
            spawner.shutdown();
        };
        let ladder = async {
            until(|| spawner.is_shutting_down()).await;
            sup.shutdown().await
        };
        let (report, ()) = tokio::join!(ladder, hurries);
        are_named(&report.abandoned, file!(), &[("charge", line)]);
        let_go(&gate).await;
    });
}

#[test]
fn destructors_that_panic_are_reported_and_cut_nothing_short() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(SECOND).cancel_within(9 * SECOND).build();
        let panics = |what: &'static str| OnDrop::new(move || panic!("{what} gives up"));
        let supervised = panics("a task");
        let line = line!() + 1;
        sup.task("task").launch(async move {
            let _held = supervised;
            pending::<()>().await;
        });
        let early = panics("an early one");
        sup.task("early").grace(SECOND / 2).launch(async move {
            let _held = early;
            pending::<()>().await;
        });
        let (child, helper, guest) = (panics("a child"), panics("a helper"), panics("a guest"));
        sup.launch(async move {
            scope!(|s| {
                s.launch(async move {
                    let _held = child;
                    pending::<()>().await;
                });
                s.background(async move {
                    let _held = helper;
                    pending::<()>().await;
                });
                s.interleave(async move {
                    let _held = guest;
                    pending::<()>().await;
                });
                pending::<()>().await;
            })
            .await;
        });
        let mut slow = sup.shield(tokio::time::sleep(4 * SECOND));
        assert!(poll_once(&mut slow).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!(report.elapsed, 4 * SECOND, "the ladder waits for the shield as ever");
        assert_eq!((report.finished, report.panicked), (1, 2), "{report}");
        assert!(report.is_clean(), "{report}");
        let named: Vec<_> = failures.all().into_iter().map(|lost| (lost.name, lost.what)).collect();
        assert_eq!(named[0], ("early", "panic: an early one gives up".to_owned()));
        assert_eq!(named[1], ("task", "panic: a task gives up".to_owned()));
        assert_eq!(failures.all()[1].line, line);
        assert_eq!(named.len(), 3, "of the scope the first, as ever: {named:?}");
        assert_eq!(root().live(), 0);
    });
}

/// Stopped is stopped, whatever its destructors do: it is in the report by name.
#[test]
fn a_forced_shield_whose_destructor_panics_is_named_as_forced() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(SECOND).cancel_within(SECOND).build();
        let panics = OnDrop::new(|| panic!("no connection"));
        let block = async move {
            let _panics = panics;
            pending::<()>().await;
        };
        let line = line!() + 1;
        let mut charge = sup.shield(block).named("charge");
        assert!(poll_once(&mut charge).await.is_pending());
        drop(charge);
        let report = sup.shutdown().await;
        assert_eq!(failures.what(), ["panic: no connection"]);
        are_named(&report.forced, file!(), &[("charge", line)]);
        assert!(!report.is_clean(), "{report}");
    });
}

#[test]
fn a_task_past_its_own_grace_whose_destructor_panics_at_the_last_rung_is_named_as_forced() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(SECOND).cancel_within(SECOND).build();
        let panics = OnDrop::new(|| panic!("no connection"));
        let line = line!() + 1;
        sup.task("indexer").grace(Duration::MAX).launch(async move {
            let _panics = panics;
            pending::<()>().await;
        });
        let report = sup.shutdown().await;
        assert_eq!(failures.what(), ["panic: no connection"]);
        are_named(&report.forced, file!(), &[("indexer", line)]);
    });
}

/// The destructor of a task that is cancelled may start what has to finish.
#[test]
fn a_destructor_may_start_a_shield_which_the_ladder_waits_for() {
    both(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let (running, runs) = oneshot::channel();
        let (send, mut written) = oneshot::channel();
        let writes = OnDrop::new(move || {
            let mut note = shield!({
                checkpoint().await;
                send.send("what was left").expect("the test waits");
            })
            .named("note");
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(std::pin::Pin::new(&mut note).poll(&mut cx).is_pending());
        });
        sup.launch(holds(writes, running));
        runs.await.expect("it says that it runs");
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.cancelled), (1, 1), "{report}");
        assert_eq!(written.try_recv(), Ok("what was left"));
        assert_eq!(report.forced.iter().map(TaskInfo::name).count(), 0);
    });
}
