//! A shield's own bound for the ladder: without it, that is the last rung.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, SupervisorBuilder, checkpoint, scope, shield};
use tokio::time::{Instant, sleep};

use super::SECOND;
use crate::supervisor::Failures;
use crate::support::{Probes, both, panic_of, poll_once, single, text_of};

fn shop() -> SupervisorBuilder {
    Supervisor::builder("shop").grace(5 * SECOND).cancel_within(30 * SECOND)
}

#[test]
fn a_shield_is_stopped_when_its_grace_is_over_and_named_in_the_report() {
    // Before the cancel rung, and after it.
    for grace in [Duration::ZERO, 2 * SECOND, 20 * SECOND] {
        single(async move || {
            let probes = Probes::new();
            let probe = probes.probe();
            let sup = shop().build();
            let block = async move {
                let _probe = probe;
                pending::<()>().await;
            };
            let line = line!() + 1;
            let charge = sup.shield(block);
            assert!(poll_once(&mut charge.named("charge").grace(grace)).await.is_pending());
            let report = sup.shutdown().await;
            assert_eq!((report.elapsed, report.cancelled), (grace, 1));
            assert_eq!((report.forced.len(), report.abandoned.len()), (1, 0), "{report}");
            let forced = report.forced[0];
            assert_eq!((forced.name(), forced.location().line()), ("charge", line));
            probes.all_dropped(1);
        });
    }
}

#[test]
fn a_shield_that_ends_in_its_grace_is_not_stopped() {
    single(async || {
        let sup = shop().build();
        let mut charge = sup.shield(async {
            sleep(7 * SECOND).await;
            3
        });
        assert!(poll_once(&mut charge).await.is_pending());
        let mut other = sup.shield(sleep(8 * SECOND)).grace(9 * SECOND);
        assert!(poll_once(&mut other).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.elapsed), (2, 8 * SECOND));
        assert!(report.is_clean(), "{report}");
        assert_eq!(charge.await, 3, "its value waits for who awaits it");
    });
}

#[test]
fn without_a_request_the_grace_of_a_shield_is_not_used_up() {
    single(async || {
        let start = Instant::now();
        let sup = shop().build();
        let slow = sup.attempt(async {
            shield!(sleep(9 * SECOND).await).grace(SECOND).await;
            Ok::<_, crate::support::Fault>(())
        });
        slow.await.expect("it ends by itself");
        assert_eq!(start.elapsed(), 9 * SECOND);
        assert!(sup.join().await.is_clean());
    });
}

/// R7: only its bound, and the last rung.
#[test]
fn a_second_request_does_not_stop_a_shield_that_has_a_grace() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(Duration::MAX).cancel_within(Duration::MAX);
        let sup = sup.build();
        let spawner = sup.spawner();
        let mut charge = sup.shield(sleep(7 * SECOND)).grace(9 * SECOND);
        assert!(poll_once(&mut charge).await.is_pending());
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending());
        spawner.shutdown();
        assert!(poll_once(&mut ladder).await.is_pending(), "in the cancel rung");
        checkpoint().await;
        assert_eq!(spawner.live(), 1);
        let report = ladder.await;
        assert_eq!((report.finished, report.elapsed), (1, 7 * SECOND));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn a_dropped_supervisor_does_not_stop_a_shield_that_has_a_grace() {
    both(async || {
        let sup = shop().build();
        let (go, goes) = tokio::sync::oneshot::channel::<u32>();
        let mut charge = sup.shield(goes).grace(Duration::ZERO);
        assert!(poll_once(&mut charge).await.is_pending());
        drop(sup);
        for _ in 0..10 {
            checkpoint().await;
        }
        go.send(5).expect("the shield is alive");
        assert_eq!(charge.await, Ok(5));
    });
}

/// Who is not cancelled with it would wait for ever: it hears of it by name.
#[test]
fn who_awaits_a_shield_that_its_grace_stops_panics_when_it_is_not_cancelled_too() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(5 * SECOND).build();
        sup.task("shopper").launch(async {
            let charge = shield!(pending::<()>().await).named("charge").grace(SECOND);
            let payload = panic_of(charge).await;
            assert!(text_of(&*payload).contains("`charge`"), "{}", text_of(&*payload));
        });
        let report = sup.shutdown().await;
        assert_eq!((report.finished, report.forced.len()), (1, 1), "{report}");
        assert_eq!((report.elapsed, failures.what().len()), (SECOND, 0));
    });
}

/// A scope's shield, whose bound is the nearest supervisor's; in whatever order it is configured.
#[test]
fn in_a_lexical_scope_the_grace_counts_from_the_request_too() {
    for is_first in [false, true] {
        single(async move || {
            let sup = shop().build();
            let probes = Probes::new();
            let probe = probes.probe();
            sup.launch(async move {
                scope!(|_s| {
                    let block = async move {
                        let _probe = probe;
                        pending::<()>().await;
                    };
                    let charge = shield!(block.await).named("charge");
                    let charge = if is_first {
                        charge.grace(7 * SECOND).within(60 * SECOND)
                    } else {
                        charge.within(60 * SECOND).grace(7 * SECOND)
                    };
                    charge.await.expect_err("it never ends by itself");
                })
                .await;
            });
            let report = sup.shutdown().await;
            assert_eq!((report.elapsed, report.forced.len()), (7 * SECOND, 1), "{report}");
            assert_eq!(report.forced[0].name(), "charge");
            probes.all_dropped(1);
        });
    }
}
