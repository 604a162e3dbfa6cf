//! Polls that never return, wherever they are.

use std::future::pending;
use std::time::Duration;

use foster::{Report, Supervisor, checkpoint, root, scope, shield};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::{Stuck, are_named, launch_innocents, let_go, patient, shut_down};
use crate::ladder::abandoned::hasty;
use crate::support::{Gate, multi, poll_once};

/// Runs the ladder of a supervisor with one task that is stuck, among innocent ones.
async fn report_of(sup: Supervisor, begun: oneshot::Receiver<()>) -> Report {
    report_beside(sup, begun, 0).await
}

/// The same, when that keeps `others` from running.
async fn report_beside(sup: Supervisor, begun: oneshot::Receiver<()>, others: usize) -> Report {
    launch_innocents(&sup);
    begun.await.expect("it says that it runs");
    let report = shut_down(sup, 1 + others).await;
    assert_eq!(report.forced, [], "{report}");
    assert_eq!(root().live(), 1, "it has an owner still");
    report
}

/// Blocks at the first poll or at a later one.
async fn blocks(stuck: Stuck, later: bool) {
    if later {
        checkpoint().await;
    }
    stuck.block();
    pending::<()>().await;
}

#[test]
fn in_a_supervised_task_it_is_named_by_that() {
    for later in [false, true] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 1;
            sup.task("printer").launch(blocks(stuck, later));
            let report = report_of(sup, begun).await;
            are_named(&report.abandoned, file!(), &[("printer", line)]);
            assert_eq!(report.cancelled, 3, "the innocent ones");
            let_go(&gate).await;
        });
    }
}

#[test]
fn in_the_body_of_a_scope_it_is_named_by_the_task_around() {
    for later in [false, true] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 1;
            sup.task("printer").launch(async move {
                scope!(|s| {
                    s.launch(pending::<()>());
                    s.background(pending::<()>());
                    checkpoint().await;
                    blocks(stuck, later).await;
                })
                .await;
            });
            let report = report_of(sup, begun).await;
            are_named(&report.abandoned, file!(), &[("printer", line)]);
            let_go(&gate).await;
        });
    }
}

/// It runs on the scope's own task.
#[test]
fn in_an_interleaved_child_it_is_named_by_the_task_around() {
    for later in [false, true] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 1;
            sup.task("printer").launch(async move {
                scope!(|s| {
                    s.launch(pending::<()>());
                    s.interleave(blocks(stuck, later));
                    pending::<()>().await;
                })
                .await;
            });
            // A poll that never returns keeps the worker's next task: the child that it launched.
            let report = report_beside(sup, begun, usize::from(!later)).await;
            are_named(&report.abandoned, file!(), &[("printer", line)]);
            let_go(&gate).await;
        });
    }
}

/// A child that was never suspended is known to its scope only as one more.
#[test]
fn in_a_child_or_helper_it_is_named_by_its_own_place_or_by_that_of_its_scope() {
    for (helper, later) in [(false, false), (false, true), (true, false), (true, true)] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 2;
            sup.launch(async move {
                let scope = scope!(|s| {
                    s.launch(pending::<()>());
                    if helper {
                        s.background(blocks(stuck, later));
                    } else {
                        s.launch(blocks(stuck, later));
                    }
                    s.background(pending::<()>());
                    pending::<()>().await;
                });
                scope.named("printing").await;
            });
            let report = report_of(sup, begun).await;
            let line = match (helper, later) {
                (_, false) => line,
                (true, true) => line + 3,
                (false, true) => line + 5,
            };
            are_named(&report.abandoned, file!(), &[("printing", line)]);
            assert_eq!(report.cancelled, 4, "the task around it, too: {report}");
            let_go(&gate).await;
        });
    }
}

#[test]
fn in_a_nested_scopes_child_it_is_the_only_one_that_is_named() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let sup = patient("shop").build();
        let line = line!() + 8;
        sup.launch(async move {
            scope!(|s| {
                s.launch(pending::<()>());
                s.launch(async move {
                    let scope = scope!(|s| {
                        s.launch(pending::<()>());
                        scope!(|s| {
                            s.launch(blocks(stuck, true));
                            pending::<()>().await;
                        })
                        .named("innermost")
                        .await;
                    });
                    scope.named("inner").await;
                });
            })
            .named("outer")
            .await;
        });
        let report = report_of(sup, begun).await;
        are_named(&report.abandoned, file!(), &[("innermost", line)]);
        let_go(&gate).await;
    });
}

/// The last rung cannot stop it either: it is abandoned, not forced.
#[test]
fn in_a_shield_it_is_named_by_that() {
    for later in [false, true] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 2;
            sup.launch(async move {
                shield!(blocks(stuck, later).await).named("charge").await;
            });
            let report = report_of(sup, begun).await;
            are_named(&report.abandoned, file!(), &[("charge", line)]);
            assert_eq!(report.cancelled, 4, "who awaits it, and the innocent ones");
            let_go(&gate).await;
        });
    }
}

#[test]
fn in_a_lexical_scopes_shield_it_is_named_by_its_own_place_or_by_that_of_its_scope() {
    for later in [false, true] {
        multi(async move || {
            let gate = Gate::new();
            let (stuck, begun) = Stuck::new(&gate);
            let sup = patient("shop").build();
            let line = line!() + 2;
            sup.launch(async move {
                let scope = scope!(|s| {
                    s.launch(pending::<()>());
                    shield!(blocks(stuck, later).await).await;
                });
                scope.named("charging").await;
            });
            let report = report_of(sup, begun).await;
            let line = if later { line + 2 } else { line };
            are_named(&report.abandoned, file!(), &[("charging", line)]);
            let_go(&gate).await;
        });
    }
}

#[test]
fn in_a_nested_supervisors_task_it_is_named_by_that() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let sup = patient("shop").build();
        let line = line!() + 4;
        sup.launch(async move {
            let nested = patient("counter").build();
            nested.launch(pending::<()>());
            nested.task("till").launch(blocks(stuck, true));
            assert!(nested.run_until(pending::<()>()).await.is_clean(), "it is dropped");
        });
        let report = report_of(sup, begun).await;
        are_named(&report.abandoned, file!(), &[("till", line)]);
        let_go(&gate).await;
    });
}

/// The value of a child that has ended is no task, though its scope keeps it.
#[test]
fn a_value_that_waits_beside_it_is_not_named() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let sup = patient("shop").build();
        let line = line!() + 1;
        sup.task("printer").launch(async move {
            scope!(|s| {
                let page = s.spawn(async { String::from("a value that needs to be dropped") });
                while !page.is_finished() {
                    checkpoint().await;
                }
                stuck.block();
                drop(page.await);
            })
            .await;
        });
        let report = report_of(sup, begun).await;
        are_named(&report.abandoned, file!(), &[("printer", line)]);
        let_go(&gate).await;
    });
}

/// The task runs on beside the ladder; what it ends with afterwards is not lost.
#[test]
fn what_was_abandoned_may_end_and_fail_later() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let failures = crate::supervisor::Failures::new();
        let sup = failures.of("shop").grace(Duration::ZERO).build();
        let mut quote = sup.attempt(async move {
            stuck.block();
            if true { Err(crate::support::Fault("too late")) } else { Ok(()) }
        });
        let report = report_of(sup, begun).await;
        assert_eq!(report.abandoned.len(), 1);
        assert!(poll_once(&mut quote).await.is_pending());
        let_go(&gate).await;
        assert_eq!(quote.await.unwrap_err().error().expect("its own").to_string(), "too late");
        assert_eq!(failures.what(), [""; 0], "it is its holder's");
    });
}

/// The worker that waits for tokio's timers runs what they wake: with it, its runtime's clock may
/// be stuck. The ladder's is not.
#[test]
fn after_a_timer_it_does_not_stop_the_ladders_clock() {
    multi(async || {
        let gate = Gate::new();
        let (stuck, begun) = Stuck::new(&gate);
        let sup = hasty("shop").build();
        let line = line!() + 1;
        sup.task("printer").launch(async {
            sleep(Duration::from_millis(5)).await;
            stuck.block();
        });
        begun.await.expect("it says that it runs");
        let report = sup.shutdown().await;
        are_named(&report.abandoned, file!(), &[("printer", line)]);
        let_go(&gate).await;
    });
}
