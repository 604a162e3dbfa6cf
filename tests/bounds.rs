//! Bounds: `within` and `cancelled_by` cancel everything, and wait for it.

use std::future::pending;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Interrupted, scope, try_scope};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::support::{Fault, Polls, Probes, both, single, unowned};

/// Says how a bound reached a fail-fast scope.
#[derive(Debug, PartialEq)]
pub(crate) enum Ended {
    Bound(Interrupted),
    Fault(Fault),
}

impl From<Interrupted> for Ended {
    fn from(bound: Interrupted) -> Self {
        Self::Bound(bound)
    }
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn bound_that_is_not_reached_changes_nothing_but_the_type() {
    both(async || {
        let token = CancellationToken::new();
        let value: Result<u32, Interrupted> = scope!(|s| s.spawn(async { 1 }).await)
            .within(Duration::from_hours(1))
            .cancelled_by(token.clone())
            .await;
        assert_eq!(value, Ok(1));
        let value = try_scope!(|s| -> Result<u32, Ended> {
            Ok(s.spawn(async { Ok::<_, Fault>(1) }).await)
        })
        .within(Duration::from_hours(1))
        .await;
        assert_eq!(value, Ok(1));
    });
}

#[test]
fn elapsed_time_cancels_everything_and_waits_for_it() {
    single(async || {
        let (probes, start) = (Probes::new(), Instant::now());
        let ended = scope!(|s| {
            let (child, helper, guest, _local) =
                (probes.probe(), probes.probe(), probes.probe(), probes.probe());
            s.launch(async move {
                let _probe = child;
                pending::<()>().await;
            });
            s.background(async move {
                let _probe = helper;
                pending::<()>().await;
            });
            s.interleave(async move {
                let _probe = guest;
                pending::<()>().await;
            });
            pending::<()>().await;
        })
        .within(SECOND)
        .await;
        assert_eq!((ended, start.elapsed()), (Err(Interrupted::Elapsed), SECOND));
        probes.all_dropped(4);
    });
}

#[test]
fn token_cancels_everything_and_waits_for_it() {
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let outside = unowned({
            let token = token.clone();
            async move { token.cancel() }
        });
        let ended = scope!(|s| {
            let (child, _local) = (probes.probe(), probes.probe());
            s.launch(async move {
                let _probe = child;
                pending::<()>().await;
            });
            pending::<()>().await;
        })
        .cancelled_by(token)
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(2);
        outside.await.unwrap();
    });
}

#[test]
fn time_runs_from_the_first_poll() {
    single(async || {
        let bounded = scope!(|_s| sleep(3 * SECOND).await).within(4 * SECOND);
        sleep(10 * SECOND).await;
        assert_eq!(bounded.await, Ok(()));
    });
}

#[test]
fn bounds_come_in_any_order_and_number_and_the_type_stays_flat() {
    single(async || {
        let (used, unused) = (CancellationToken::new(), CancellationToken::new());
        let start = Instant::now();
        let ended: Result<(), Interrupted> = scope!(|_s| pending::<()>().await)
            .named("a")
            .within(3 * SECOND)
            .cancelled_by(unused.clone())
            .within(SECOND)
            .named("b")
            .cancelled_by(used.clone())
            .within(2 * SECOND)
            .await;
        assert_eq!((ended, start.elapsed()), (Err(Interrupted::Elapsed), SECOND));

        let ended: Result<(), Ended> = try_scope!(|_s| {
            sleep(SECOND).await;
            used.cancel();
            pending().await
        })
        .cancelled_by(used.clone())
        .named("c")
        .cancelled_by(unused)
        .within(2 * SECOND)
        .await;
        assert_eq!(ended, Err(Ended::Bound(Interrupted::Cancelled)));
        assert_eq!(start.elapsed(), 2 * SECOND);
    });
}

#[test]
fn nothing_runs_within_no_time() {
    both(async || {
        let (probes, ran) = (Probes::new(), AtomicBool::new(false));
        let local = probes.probe();
        let ended = scope!(|s| {
            let _local = local;
            ran.store(true, Ordering::SeqCst);
            s.launch(async {});
        })
        .within(Duration::from_hours(1))
        .within(Duration::ZERO)
        .await;
        assert_eq!((ended, ran.into_inner()), (Err(Interrupted::Elapsed), false));
        probes.all_dropped(1);
    });
}

#[test]
fn nothing_runs_under_a_token_that_is_cancelled_already() {
    both(async || {
        let (token, ran) = (CancellationToken::new(), AtomicUsize::new(0));
        let scope = try_scope!(|_s| -> Result<(), Ended> {
            ran.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .cancelled_by(CancellationToken::new())
        .cancelled_by(token.child_token());
        token.cancel();
        assert_eq!(scope.await, Err(Ended::Bound(Interrupted::Cancelled)));
        assert_eq!(ran.into_inner(), 0);
    });
}

#[test]
fn bound_cancels_children_whose_body_has_ended() {
    single(async || {
        let (probes, start) = (Probes::new(), Instant::now());
        let ended = scope!(|s| {
            let probe = probes.probe();
            s.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            "the body's value"
        })
        .within(SECOND)
        .await;
        assert_eq!((ended, start.elapsed()), (Err(Interrupted::Elapsed), SECOND));
        probes.all_dropped(1);
    });
}

#[test]
fn inner_bound_leaves_the_outer_scope_alone() {
    single(async || {
        let ended = scope!(|s| {
            let inner = scope!(|_s| pending::<()>().await).within(SECOND).await;
            (inner, s.spawn(async { 1 }).await)
        })
        .within(2 * SECOND)
        .await;
        assert_eq!(ended, Ok((Err(Interrupted::Elapsed), 1)));
    });
}

#[test]
fn outer_bound_is_not_the_inner_ones() {
    single(async || {
        let (start, after) = (Instant::now(), AtomicBool::new(false));
        let ended = scope!(|_s| {
            let inner = scope!(|_s| pending::<()>().await).within(2 * SECOND).await;
            after.store(true, Ordering::SeqCst);
            inner
        })
        .within(SECOND)
        .await;
        assert_eq!((ended, start.elapsed()), (Err(Interrupted::Elapsed), SECOND));
        assert!(!after.into_inner(), "the inner scope is dropped, and says nothing");
    });
}

#[test]
fn both_scopes_of_one_token_end_and_the_outer_one_says_so() {
    both(async || {
        let (token, probes) = (CancellationToken::new(), Probes::slow());
        let ended = scope!(|_s| {
            let inner = scope!(|s| {
                let probe = probes.probe();
                s.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                token.cancel();
                pending::<()>().await;
            });
            inner.cancelled_by(token.clone()).await
        })
        .cancelled_by(token.clone())
        .await;
        // Which of the two hears of it first is open; that both end is not.
        assert!(matches!(ended, Err(Interrupted::Cancelled) | Ok(Err(Interrupted::Cancelled))));
        probes.all_dropped(1);
    });
}

#[test]
fn bounded_scope_does_not_spin() {
    single(async || {
        let token = CancellationToken::new();
        let (scope, polls) = Polls::of(
            scope!(|s| {
                s.launch(pending::<()>());
                s.interleave(pending::<()>());
                pending::<()>().await;
            })
            .within(SECOND)
            .within(2 * SECOND)
            .cancelled_by(token),
        );
        assert_eq!(scope.await, Err(Interrupted::Elapsed));
        let polls = polls.load(Ordering::SeqCst);
        assert!(polls <= 5, "polled {polls} times for its start, its bound and its end");
    });
}

/// `ErrorKind::Interrupted` would be: std's loops take it for a signal, and try again.
#[test]
fn a_bound_is_an_io_error_that_nobody_tries_again() {
    for (interrupted, kind) in
        [(Interrupted::Elapsed, ErrorKind::TimedOut), (Interrupted::Cancelled, ErrorKind::Other)]
    {
        let error = io::Error::from(interrupted);
        assert_eq!((error.kind(), error.to_string()), (kind, interrupted.to_string()));
        let held = error.get_ref().and_then(|held| held.downcast_ref::<Interrupted>());
        assert_eq!(held, Some(&interrupted));
    }
}
