//! Bounds of shields, and of scopes around them.

use std::future::pending;
use std::time::Duration;

use foster::{Interrupted, scope, shield};
use tokio::time::{Instant, sleep};

use super::SECOND;
use super::outcome::give_up;
use crate::supervisor::Failures;
use crate::support::{Probes, both, panic_of, poll_once, single, text_of, traces};

/// E6: the bound of a scope lasts as long as a shield in it, and then says that it was reached.
#[test]
fn a_bounded_scope_waits_for_its_shields_and_is_interrupted_after_them() {
    single(async || {
        let start = Instant::now();
        let ended = Probes::new();
        let probe = ended.probe();
        let bounded = scope!(|_s| {
            shield!({
                sleep(3 * SECOND).await;
                drop(probe);
            })
            .await;
            unreachable!("the next await after the shield is not reached");
        });
        let result: Result<(), Interrupted> = bounded.within(SECOND).await;
        assert_eq!((result, start.elapsed()), (Err(Interrupted::Elapsed), 3 * SECOND));
        ended.all_dropped(1);
    });
}

#[test]
fn within_a_bound_the_output_is_a_result() {
    single(async || {
        let start = Instant::now();
        let quick = shield!({
            sleep(SECOND).await;
            7
        });
        assert_eq!(quick.within(2 * SECOND).await, Ok(7));
        let slow = shield!(sleep(9 * SECOND).await).named("charge").within(2 * SECOND).await;
        assert_eq!((slow, start.elapsed()), (Err(Interrupted::Elapsed), 3 * SECOND));
        let named: Vec<_> =
            traces().into_iter().filter(|event| event.text.contains("charge")).collect();
        assert_eq!(named.len(), 1, "what stops a shield is told by its name: {named:?}");
    });
}

#[test]
fn the_bound_stops_the_block_also_when_nobody_awaits_it_and_that_is_reported() {
    single(async || {
        let (failures, probes) = (Failures::new(), Probes::new());
        let sup = failures.of("shop").build();
        let probe = probes.probe();
        let start = Instant::now();
        sup.launch(async move {
            let mut charge = shield!({
                let _probe = probe;
                pending::<()>().await;
            })
            .within(2 * SECOND)
            .named("charge");
            assert!(poll_once(&mut charge).await.is_pending());
        });
        let report = sup.join().await;
        assert_eq!(start.elapsed(), 2 * SECOND);
        probes.all_dropped(1);
        let lost = failures.all();
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert_eq!((lost[0].name, &*lost[0].what), ("charge", "error: the time limit elapsed"));
        assert!(report.is_clean(), "its own bound is no force");
    });
}

#[test]
fn with_no_time_at_all_nothing_of_the_block_runs() {
    both(async || {
        let probes = Probes::new();
        let probe = probes.probe();
        let never = shield!({
            drop(probe);
            give_up("it does not run");
        });
        assert_eq!(never.within(Duration::ZERO).await, Err(Interrupted::Elapsed));
        foster::root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_block_that_panics_within_its_bound_panics_in_who_awaits() {
    both(async || {
        let bounded = shield!(give_up("in time")).within(SECOND);
        let payload = panic_of(bounded).await;
        assert_eq!(text_of(&*payload), "in time");
    });
}
