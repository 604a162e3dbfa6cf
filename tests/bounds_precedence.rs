//! What a bounded scope says when several things come together: the first cause wins, and a bound
//! counts only if it cancelled something.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foster::{Interrupted, scope, shield, try_scope};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::bounds::Ended;
use crate::support::{Fault, Gate, OnDrop, both, single, traces};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn error_before_the_bound_stays() {
    single(async || {
        let ended: Result<(), Ended> = try_scope!(|s| {
            s.launch(async { shield!(sleep(5 * SECOND).await).await });
            s.launch(async {
                sleep(SECOND).await;
                Err(Fault("first"))
            });
            pending().await
        })
        .within(2 * SECOND)
        .await;
        assert_eq!(ended, Err(Ended::Fault(Fault("first"))));
    });
}

#[test]
fn error_after_the_bound_does_not_replace_it() {
    both(async || {
        let (token, gate) = (CancellationToken::new(), Gate::new());
        let ended: Result<(), Ended> = try_scope!(|s| {
            let (started, work_gate) = (Arc::new(Notify::new()), gate.clone());
            let work_started = Arc::clone(&started);
            let work = s.spawn_blocking(move || {
                work_started.notify_one();
                work_gate.pass();
                Err::<(), _>(Fault("later"))
            });
            started.notified().await;
            let _opened = OnDrop::new(|| gate.open());
            token.cancel();
            work.await;
            Ok(())
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Ended::Bound(Interrupted::Cancelled)));
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("later"));
    });
}

#[test]
fn bound_that_finds_only_helpers_left_is_not_reached() {
    single(async || {
        let (start, token) = (Instant::now(), CancellationToken::new());
        let ended = scope!(|s| {
            let token = token.clone();
            s.background(async move {
                shield!({
                    sleep(2 * SECOND).await;
                    token.cancel();
                    sleep(3 * SECOND).await;
                })
                .await;
            });
            sleep(SECOND / 2).await;
            "done"
        })
        .within(SECOND)
        .cancelled_by(token.clone())
        .await;
        assert_eq!((ended, start.elapsed()), (Ok("done"), 5 * SECOND));
    });
}

#[test]
fn bound_that_finds_only_a_shield_left_has_nothing_to_cancel() {
    single(async || {
        let start = Instant::now();
        let ended = scope!(|_s| {
            tokio::select! {
                () = shield!(sleep(5 * SECOND).await) => unreachable!("it takes longer"),
                () = sleep(SECOND / 2) => "done",
            }
        })
        .within(SECOND)
        .await;
        assert_eq!((ended, start.elapsed()), (Ok("done"), 5 * SECOND));
    });
}

#[test]
fn bound_lasts_as_long_as_a_shield_in_it() {
    single(async || {
        let (start, written) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let ended = scope!(|s| {
            let written = Arc::clone(&written);
            s.spawn(async move {
                shield!({
                    sleep(5 * SECOND).await;
                    written.store(true, Ordering::SeqCst);
                })
                .await;
            })
            .await;
        })
        .within(SECOND)
        .await;
        assert_eq!((ended, start.elapsed()), (Err(Interrupted::Elapsed), 5 * SECOND));
        assert!(written.load(Ordering::SeqCst));
    });
}

#[test]
fn value_of_a_body_that_cancels_its_token_at_its_end_is_kept() {
    both(async || {
        let token = CancellationToken::new();
        let ended = scope!(|s| {
            let value = s.spawn(async { 1 }).await;
            token.cancel();
            value
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Ok(1), "nothing was left to cancel");
    });
}

#[test]
fn value_is_kept_where_only_a_shield_is_left_wherever_that_sits() {
    for is_direct in [true, false] {
        single(async move || {
            let ended = scope!(|s| {
                let write = async || shield!(sleep(8 * SECOND).await).await;
                let child = if is_direct {
                    s.spawn(write())
                } else {
                    // Its scope is passed on to this one when it is cancelled.
                    s.spawn(async move { scope!(|_| { write().await }).await })
                };
                sleep(SECOND).await;
                assert_eq!(child.cancel().await, None);
                7
            })
            .within(4 * SECOND)
            .await;
            assert_eq!(ended, Ok(7), "nothing was left to cancel");
        });
    }
}

#[test]
fn bound_counts_where_a_child_is_left_beside_a_shield_in_a_scope_that_was_passed_on() {
    single(async || {
        let ended = scope!(|s| {
            let child = s.spawn(async {
                scope!(|_| { shield!(sleep(8 * SECOND).await).await }).await;
            });
            sleep(SECOND).await;
            assert_eq!(child.cancel().await, None);
            s.launch(sleep(100 * SECOND));
        })
        .within(4 * SECOND)
        .await;
        assert_eq!(ended, Err(Interrupted::Elapsed));
    });
}
