//! What cannot be stopped: named in the report, and left to the root.

use std::future::pending;
use std::task::Poll;
use std::time::Duration;

use foster::{Supervisor, SupervisorBuilder, root, scope, shield};
use tokio::runtime;
use tokio::time::{Instant, advance};

use super::SECOND;
use crate::support::{Gate, Probes, multi, poll_once, single, unowned, until};

/// A supervisor whose ladder is short, in real time.
pub(super) fn hasty(name: &str) -> SupervisorBuilder {
    Supervisor::builder(name).grace(Duration::ZERO).cancel_within(Duration::from_millis(20))
}

#[test]
fn a_poll_that_does_not_return_is_abandoned_by_name_and_left_to_the_root() {
    multi(async || {
        let (gate, probes) = (Gate::new(), Probes::new());
        let (blocking, probe) = (gate.clone(), probes.probe());
        let sup = hasty("shop").build();
        let spawner = sup.spawner();
        let (send, running) = tokio::sync::oneshot::channel();
        let line = line!() + 1;
        sup.launch(async move {
            let _probe = probe;
            send.send(()).expect("the test waits");
            blocking.pass();
        });
        sup.launch(pending::<()>());
        running.await.expect("the task says that it runs");
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        let task = report.abandoned[0];
        assert_eq!((task.location().file(), task.location().line()), (file!(), line));
        assert!(task.name().contains("a_poll_that_does_not_return"), "{task}");
        assert!(task.id().is_some(), "it has run");
        assert!(!report.is_clean() && report.forced.is_empty());
        assert_eq!((report.finished, report.cancelled), (0, 1), "an abandoned task has not ended");
        assert_eq!((root().live(), probes.dropped()), (1, 0), "it has an owner still");
        assert!(spawner.launch(async {}).is_err());
        gate.open();
        root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn what_a_nested_supervisor_has_abandoned_is_not_told_again_by_the_one_above() {
    multi(async || {
        let (gate, outer) = (Gate::new(), Supervisor::builder("outer").build());
        let built = outer.attempt(async { Ok::<_, std::io::Error>(hasty("inner").build()) });
        let inner = built.await.expect("it does not fail");
        let (runs, running) = tokio::sync::oneshot::channel();
        let blocking = gate.clone();
        inner.launch(async move {
            let stuck = shield!({
                runs.send(()).expect("the test waits");
                blocking.pass();
                pending::<()>().await;
            });
            stuck.named("stuck").await;
        });
        running.await.expect("the shield says that it runs");
        let report = inner.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        gate.open();
        root().drained().await;
        let report = outer.shutdown().await;
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn the_scope_around_the_supervisor_does_not_wait_for_what_was_abandoned() {
    multi(async || {
        let gate = Gate::new();
        let blocking = gate.clone();
        let abandoned = scope!(|_s| {
            let sup = hasty("shop").build();
            let (send, running) = tokio::sync::oneshot::channel();
            sup.launch(async move {
                send.send(()).expect("the body waits");
                blocking.pass();
            });
            running.await.expect("the task says that it runs");
            sup.shutdown().await.abandoned.len()
        })
        .await;
        assert_eq!(abandoned, 1);
        assert_eq!(root().live(), 1, "it is the root's");
        gate.open();
    });
}

#[test]
fn a_blocking_thread_is_abandoned_by_the_place_where_it_was_started() {
    multi(async || {
        let (gate, probes) = (Gate::new(), Probes::new());
        let (blocking, probe) = (gate.clone(), probes.probe());
        let sup = hasty("shop").build();
        let (send, running) = tokio::sync::oneshot::channel();
        let line = line!() + 3;
        sup.launch(async move {
            scope!(|s| {
                let page = s.spawn_blocking(move || {
                    let _probe = probe;
                    send.send(()).expect("the test waits");
                    blocking.pass();
                });
                page.await;
            })
            .named("printing")
            .await;
        });
        running.await.expect("the thread says that it runs");
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        assert_eq!(report.abandoned[0].location().line(), line);
        assert_eq!(report.abandoned[0].name(), "printing", "by the name of its scope");
        assert_eq!(report.cancelled, 1, "the task around it could be cancelled");
        gate.open();
        root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_child_of_a_scope_that_never_was_suspended_is_abandoned_by_its_scope() {
    multi(async || {
        let gate = Gate::new();
        let blocking = gate.clone();
        let sup = hasty("shop").build();
        let (send, running) = tokio::sync::oneshot::channel();
        let line = line!() + 2;
        sup.launch(async move {
            let scope = scope!(|s| {
                s.launch(async move {
                    send.send(()).expect("the test waits");
                    blocking.pass();
                });
            });
            scope.named("printing").await;
        });
        running.await.expect("the child says that it runs");
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        assert_eq!(report.abandoned[0].location().line(), line);
        assert_eq!(report.abandoned[0].name(), "printing");
        gate.open();
    });
}

/// Also what a nested supervisor left: the one above answers for it.
#[test]
fn what_a_dropped_nested_supervisor_cannot_stop_is_in_the_report_of_the_one_above() {
    multi(async || {
        let gate = Gate::new();
        let blocking = gate.clone();
        let sup = hasty("shop").build();
        let (send, running) = tokio::sync::oneshot::channel();
        sup.launch(async move {
            let nested = Supervisor::builder("counter").build();
            nested.launch(async move {
                send.send(()).expect("the test waits");
                blocking.pass();
            });
            nested.run_until(pending::<()>()).await.is_clean();
        });
        running.await.expect("the task says that it runs");
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        gate.open();
    });
}

/// The whole time is bounded whatever the tasks do. A thread that blocks would stop a paused clock,
/// so the test moves it.
#[test]
fn the_ladder_takes_no_longer_than_grace_and_cancel_within() {
    for (grace, cancel_within) in [(5 * SECOND, 3 * SECOND), (Duration::ZERO, SECOND / 2)] {
        single(async move || {
            let gate = Gate::new();
            let blocking = gate.clone();
            let sup = Supervisor::builder("shop").grace(grace).cancel_within(cancel_within).build();
            let (send, running) = tokio::sync::oneshot::channel();
            sup.launch(async move {
                scope!(|s| {
                    s.spawn_blocking(move || {
                        send.send(()).expect("the test waits");
                        blocking.pass();
                    })
                    .await;
                })
                .await;
            });
            assert!(poll_once(&mut sup.shield(pending::<()>()).named("stuck")).await.is_pending());
            running.await.expect("the thread says that it runs");
            let start = Instant::now();
            let mut ladder = Box::pin(sup.shutdown());
            let report = loop {
                if let Poll::Ready(report) = poll_once(&mut ladder).await {
                    break report;
                }
                assert!(start.elapsed() < grace + cancel_within, "it is over by now");
                advance(SECOND / 100).await;
            };
            assert_eq!(report.elapsed, grace + cancel_within);
            assert_eq!((report.forced.len(), report.abandoned.len()), (1, 1), "{report}");
            gate.open();
        });
    }
}

#[test]
fn a_further_request_abandons_at_once() {
    multi(async || {
        let gate = Gate::new();
        let blocking = gate.clone();
        let hour = Duration::from_hours(1);
        let sup = Supervisor::builder("shop").grace(hour).cancel_within(hour).build();
        let spawner = sup.spawner();
        let (send, running) = tokio::sync::oneshot::channel();
        sup.launch(async move {
            send.send(()).expect("the test waits");
            blocking.pass();
        });
        running.await.expect("the task says that it runs");
        let mut ladder = Box::pin(sup.shutdown());
        for _ in 0..2 {
            assert!(poll_once(&mut ladder).await.is_pending());
            spawner.shutdown();
        }
        let report = ladder.await;
        assert_eq!(report.abandoned.len(), 1);
        gate.open();
    });
}

#[test]
fn a_task_that_has_never_run_has_no_id() {
    single(async || {
        // In a task, so that there is an id to be taken for another's.
        let report = unowned(async {
            let sup = Supervisor::builder("shop").grace(Duration::ZERO);
            let sup = sup.cancel_within(Duration::ZERO).build();
            let idle = runtime::Builder::new_current_thread().build().expect("it can be built");
            let spawner = {
                let _entered = idle.enter();
                sup.spawner()
            };
            spawner.launch(pending::<()>()).expect("the supervisor is open");
            let report = sup.shutdown().await;
            idle.shutdown_background();
            report
        });
        let report = report.await.expect("a ladder does not panic");
        assert_eq!(report.abandoned.len(), 1, "nobody polls it: {report}");
        assert_eq!(report.abandoned[0].id(), None);
        until(|| root().live() == 0).await;
    });
}
