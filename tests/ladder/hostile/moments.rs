//! Tasks that end during each rung, and in the very moment of one.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, SupervisorBuilder, scope, shield};
use tokio::time::sleep;

use crate::ladder::SECOND;
use crate::supervisor::Failures;
use crate::support::{Fault, Probes, poll_once, single};

/// Cancels at 5 s, forces at 14.9 s, gives up at 15 s.
fn shop() -> SupervisorBuilder {
    Supervisor::builder("shop").grace(5 * SECOND).cancel_within(10 * SECOND)
}

#[test]
fn what_ends_during_a_rung_ends_the_ladder_there() {
    for millis in [0, 1, 4_999, 5_001, 14_000, 14_899] {
        single(async move || {
            let last = Duration::from_millis(millis);
            let sup = shop().build();
            // One that is cancelled at 5 s, and one that nothing stops so far.
            sup.launch(sleep(last));
            let mut charge = sup.shield(sleep(last));
            assert!(poll_once(&mut charge).await.is_pending());
            let report = sup.shutdown().await;
            let in_grace = last < 5 * SECOND;
            assert_eq!(report.elapsed, last);
            assert_eq!((report.finished, report.cancelled), if in_grace { (2, 0) } else { (1, 1) });
            assert!(report.is_clean(), "{report}");
        });
    }
}

/// Either is right, but only one of them.
#[test]
fn what_ends_in_the_very_moment_of_a_rung_is_counted_once() {
    for millis in [5_000, 14_900] {
        single(async move || {
            let sup = shop().build();
            let moment = Duration::from_millis(millis);
            for _ in 0..50 {
                sup.launch(sleep(moment));
                let mut charge = sup.shield(sleep(moment));
                assert!(poll_once(&mut charge).await.is_pending());
            }
            let report = sup.shutdown().await;
            assert_eq!(report.elapsed, moment);
            assert_eq!(report.finished + report.cancelled, 100, "{report}");
            assert!(
                report.finished >= if millis == 5_000 { 50 } else { 0 },
                "no shield before 14.9 s"
            );
            assert_eq!(report.abandoned, []);
        });
    }
}

#[test]
fn failures_and_panics_on_every_rung_are_reported_and_cut_nothing_short() {
    single(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").grace(5 * SECOND).cancel_within(10 * SECOND).build();
        for seconds in [1, 7, 14] {
            let mut late = sup.shield(async move { sleep(seconds * SECOND).await });
            assert!(poll_once(&mut late).await.is_pending());
            sup.launch(async move {
                // Its awaiter is cancelled at 5 s: the later ones are nobody's.
                shield!({
                    sleep(seconds * SECOND).await;
                    if seconds < 14 { Err(Fault("refused")) } else { panic!("gave up") }
                })
                .named("charge")
                .await
            });
        }
        let report = sup.shutdown().await;
        assert_eq!(report.elapsed, 14 * SECOND);
        let what = failures.what();
        assert_eq!(what, ["error: refused", "error: refused", "panic: gave up"]);
        assert!(report.is_clean(), "{report}");
    });
}

/// What ends on the last rung itself was stopped, but not abandoned.
#[test]
fn what_takes_a_moment_to_be_forced_is_not_abandoned() {
    single(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").grace(Duration::MAX).cancel_within(30 * SECOND);
        let sup = sup.build();
        let spawner = sup.spawner();
        for _ in 0..20 {
            let [block, child] = [(); 2].map(|()| probes.probe());
            let mut charge = sup.shield(async move {
                let _block = block;
                scope!(|s| {
                    s.launch(async move {
                        let _child = child;
                        pending::<()>().await;
                    });
                    pending::<()>().await;
                })
                .await;
            });
            assert!(poll_once(&mut charge).await.is_pending());
        }
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending(), "in the grace");
        (0..2).for_each(|_| spawner.shutdown());
        let report = ladder.await;
        assert_eq!((report.forced.len(), report.abandoned.len()), (20, 0), "{report}");
        assert_eq!(probes.made(), probes.dropped());
    });
}
