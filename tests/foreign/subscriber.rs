//! A subscriber that panics at each event, as the stock `fmt()` does once both streams are dead.

use std::future::pending;
use std::time::Duration;

use foster::{Supervisor, root, scope, shield, try_scope};

use crate::support::{
    Fault, OnDrop, block_until, both, in_time, multi, panic_of, poll_once, subscriber_panics,
    text_of, until,
};

#[test]
fn join_ends_although_the_event_of_a_failure_panics() {
    both(async || {
        subscriber_panics();
        let sup = Supervisor::builder("unheard").build();
        let spawner = sup.spawner();
        sup.launch(async { Err(Fault("nobody hears it")) });
        assert_eq!(in_time(sup.join()).await.failed, 1);
        assert_eq!(spawner.live(), 0);
    });
}

#[test]
fn a_scope_ends_with_its_first_error_although_the_event_of_a_later_one_panics() {
    multi(async || {
        subscriber_panics();
        let ended: Result<(), Fault> = in_time(try_scope!(|s| {
            s.launch(async { Err(Fault("first")) });
            // In one poll, so that the body cannot be cancelled before it fails, too.
            block_until(|| s.live() == 0);
            Err(Fault("later"))
        }))
        .await;
        assert_eq!(ended, Err(Fault("first")));
    });
}

#[test]
fn a_scope_ends_with_its_panic_although_the_event_of_a_later_one_panics() {
    both(async || {
        subscriber_panics();
        let payload = in_time(panic_of(scope!(|s| {
            for _ in 0..3 {
                s.launch(async {
                    let _bomb = OnDrop::new(|| panic!("one of three"));
                    pending::<()>().await;
                });
            }
            foster::checkpoint().await;
            foster::checkpoint().await;
            panic!("the body");
        })))
        .await;
        assert!(["one of three", "the body"].contains(&text_of(&*payload)));
    });
}

#[test]
fn a_ladder_keeps_its_grace_although_its_events_panic() {
    both(async || {
        subscriber_panics();
        let sup = Supervisor::builder("unheard").grace(Duration::from_secs(5)).build();
        sup.launch(async {
            foster::shutdown_requested().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        });
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.finished, report.cancelled), (1, 0), "{report}");
    });
}

#[test]
fn a_forced_shield_is_in_the_report_although_its_event_panics() {
    both(async || {
        subscriber_panics();
        let limit = Duration::from_millis(200);
        let sup = Supervisor::builder("unheard").grace(Duration::ZERO).cancel_within(limit).build();
        sup.launch(async { shield!(pending::<()>().await).named("stuck").await });
        until(|| sup.live() == 2).await;
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.forced.len(), report.abandoned.len()), (1, 0), "{report}");
    });
}

#[test]
fn the_failure_of_a_dropped_scope_leaves_its_heir_although_its_event_panics() {
    both(async || {
        subscriber_panics();
        let mut lost = Box::pin(try_scope!(|s| -> Result<(), Fault> {
            s.launch(async {
                let _bomb = OnDrop::new(|| panic!("too late"));
                pending::<()>().await;
                Ok::<_, Fault>(())
            });
            pending().await
        }));
        assert!(poll_once(&mut lost).await.is_pending());
        tokio::task::yield_now().await;
        drop(lost);
        in_time(root().drained()).await;
        assert_eq!(root().live(), 0);
    });
}
