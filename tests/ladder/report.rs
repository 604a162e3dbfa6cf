//! What a report says: exact counts, names, and one readable text.

use std::future::pending;
use std::time::Duration;

use foster::{Interrupted, Report, Supervisor, TaskInfo, checkpoint, root, shield};
use tokio::time::sleep;

use super::SECOND;
use crate::supervisor::Failures;
use crate::support::{Fault, both, panic_of, poll_once, single, text_of, traces, until};

fn counts(report: &Report) -> [usize; 6] {
    let &Report { finished, failed, panicked, cancelled, .. } = report;
    [finished, failed, panicked, cancelled, report.forced.len(), report.abandoned.len()]
}

#[test]
fn the_counts_are_exact() {
    both(async || {
        let sup = Failures::new().of("shop").grace(Duration::ZERO).build();
        (0..3).for_each(|_| sup.launch(checkpoint()));
        (0..2).for_each(|_| sup.launch(async { Err(Fault("a failure")) }));
        drop(sup.attempt(async { Err::<(), _>(Fault("a failure")) }));
        sup.launch(async { panic!("a panic") });
        until(|| sup.live() == 0).await;
        (0..4).for_each(|_| sup.launch(pending::<()>()));
        drop(sup.attempt(pending::<Result<(), Fault>>()));
        let report = sup.shutdown().await;
        assert_eq!(counts(&report), [3, 3, 1, 5, 0, 0]);
    });
}

#[test]
fn shields_count_by_how_they_ended() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(SECOND).cancel_within(2 * SECOND).build();
        sup.launch(async {
            assert_eq!(shield!(1).await, 1);
            let refused = shield!(Err::<(), _>(Fault("refused"))).await;
            assert_eq!(refused, Err(Fault("refused")));
            let late = shield!(pending::<()>().await).within(SECOND / 10).await;
            assert_eq!(late, Err(Interrupted::Elapsed));
            shield!(pending::<()>().await).named("stuck").await;
        });
        let report = sup.shutdown().await;
        // One value, two errors, and the stuck one with who awaited it.
        assert_eq!(counts(&report), [1, 2, 0, 2, 1, 0]);
    });
}

#[test]
fn the_text_is_one_line_and_one_more_for_each_that_was_lost() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).build();
        sup.launch(async { sleep(SECOND * 3 / 2).await });
        let report = sup.shutdown().await;
        let text =
            "shop: 1 finished, 0 failed, 0 panicked, 0 cancelled, 0 forced, 0 abandoned, in 1.5s";
        assert_eq!(report.to_string(), text);

        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        let line = line!() + 1;
        let mut charge = sup.shield(pending::<()>()).named("charge");
        assert!(poll_once(&mut charge).await.is_pending());
        let report = sup.shutdown().await;
        let text = format!(
            "shop: 0 finished, 0 failed, 0 panicked, 1 cancelled, 1 forced, 0 abandoned, in 1.9s\n  \
             forced: `charge` started at {}:{line}:",
            file!(),
        );
        assert!(report.to_string().starts_with(&text), "{report}");
        let payload = panic_of(charge).await;
        assert!(
            text_of(&*payload).contains("`charge`"),
            "who awaits it elsewhere hears it by name"
        );
    });
}

#[test]
fn each_rung_and_the_report_are_events() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        assert!(poll_once(&mut sup.shield(pending::<()>()).named("charge")).await.is_pending());
        let report = sup.shutdown().await;
        let texts: Vec<_> = traces().into_iter().map(|event| event.text).collect();
        let rungs = ["shutdown requested", "grace is over", "forcing", "stopped before its end"];
        for rung in rungs {
            let of_rung: Vec<_> = texts.iter().filter(|text| text.contains(rung)).collect();
            assert_eq!(of_rung.len(), 1, "`{rung}` in {texts:?}");
            let (name, charge) = (of_rung[0].contains("shop"), of_rung[0].contains("charge"));
            assert!(name || charge, "{of_rung:?}");
        }
        assert!(texts.iter().any(|text| text.contains(&report.to_string())), "{texts:?}");
    });
}

/// What was bequeathed to a supervisor is forced by its ladder, so its report names it.
#[test]
fn a_forced_shield_of_a_dropped_nested_supervisor_is_in_the_report_of_the_one_above() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        sup.launch(async {
            let nested = Supervisor::builder("counter").build();
            nested.launch(async { shield!(pending::<()>().await).named("charge").await });
            until(|| nested.live() == 2).await;
            drop(nested);
        });
        let report = sup.shutdown().await;
        let forced: Vec<_> = report.forced.iter().map(TaskInfo::name).collect();
        assert_eq!(forced, ["charge"], "{report}");
        assert!(!report.is_clean());
        assert_eq!(root().live(), 0);
    });
}
