//! The events of the rungs: exactly one for each, with counts and names.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, shield};
use tokio::time::sleep;
use tracing::Level;

use super::SECOND;
use crate::support::{Trace, poll_once, single, traces};

/// The events of the rungs so far.
fn rungs() -> Vec<Trace> {
    traces().into_iter().filter(|event| event.text.contains("rung=")).collect()
}

#[test]
fn each_rung_is_one_event_with_its_number_and_how_many_are_alive() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        sup.launch(sleep(SECOND / 2));
        (0..3).for_each(|_| sup.launch(pending::<()>()));
        assert!(poll_once(&mut sup.shield(pending::<()>()).named("charge")).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.cancelled), (1, 4));
        let texts: Vec<_> = rungs().into_iter().map(|event| event.text).collect();
        let expected = [("rung=1 live=5", 5), ("rung=2 live=4", 4), ("rung=3 live=1", 1)];
        assert_eq!(texts.len(), expected.len(), "{texts:#?}");
        for (text, (start, names)) in texts.iter().zip(expected) {
            assert!(text.contains(start), "`{start}` in {text}");
            assert!(text.contains("supervisor=\"shop\""), "{text}");
            assert_eq!(text.matches(" started at ").count(), names, "{text}");
            assert_eq!(text.matches("`charge`").count(), 1, "{text}");
            assert_eq!(text.matches(file!()).count(), names, "{text}");
        }
    });
}

#[test]
fn a_rung_that_is_not_reached_is_no_event() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(2 * SECOND).build();
        sup.launch(sleep(SECOND));
        assert!(sup.shutdown().await.is_clean());
        assert_eq!(rungs().len(), 1, "the request: {:#?}", rungs());
        assert!(Supervisor::builder("idle").build().join().await.is_clean());
        assert_eq!(rungs().len(), 1, "without a request there is no ladder");
    });
}

#[test]
fn a_request_that_skips_a_rung_skips_no_event() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(Duration::MAX).cancel_within(Duration::MAX);
        let sup = sup.build();
        let spawner = sup.spawner();
        assert!(poll_once(&mut sup.shield(pending::<()>())).await.is_pending());
        (0..3).for_each(|_| spawner.shutdown());
        assert_eq!(sup.shutdown().await.forced.len(), 1);
        let numbers: Vec<_> = rungs().iter().filter_map(|event| number(&event.text)).collect();
        assert_eq!(numbers, [1, 2, 3]);
    });
}

/// The number after `rung=`.
fn number(text: &str) -> Option<u32> {
    text.split_once("rung=")?.1.split(' ').next()?.parse().ok()
}

#[test]
fn of_very_many_tasks_an_event_counts_all_and_names_some() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        (0..1000).for_each(|_| sup.launch(pending::<()>()));
        assert_eq!(sup.shutdown().await.cancelled, 1000);
        for event in rungs() {
            assert!(event.text.contains("live=1000 "), "{}", event.text);
            let names = event.text.matches(" started at ").count();
            assert!((1..1000).contains(&names), "{names} names");
        }
        assert_eq!(rungs().len(), 2);
    });
}

/// What was lost is an error for the operator, what was not is no more than a note.
#[test]
fn the_report_is_one_event_whose_level_says_whether_work_was_lost() {
    single(async || {
        for is_stuck in [false, true] {
            let name = if is_stuck { "unlucky" } else { "lucky" };
            let sup = Supervisor::builder(name).grace(SECOND).cancel_within(SECOND).build();
            sup.launch(async move {
                shield!({
                    if is_stuck {
                        pending::<()>().await;
                    }
                })
                .await;
            });
            let report = sup.shutdown().await;
            assert_eq!(report.is_clean(), !is_stuck);
            let of_report = |event: &Trace| event.text.contains(&report.to_string());
            let events: Vec<_> = traces().into_iter().filter(of_report).collect();
            assert_eq!(events.len(), 1, "{:#?}", traces());
            assert_eq!(events[0].level, if is_stuck { Level::ERROR } else { Level::INFO });
        }
    });
}
