//! An attempt's failure is its handle's. When whoever awaited the handle is dropped before it yields,
//! the failure is reported: nobody else would hear of it (R3).

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foster::{Failure, Handle, Supervisor, scope, try_scope};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::support::{Fault, OnDrop, Probes, both, in_time, poll_once, traces};

/// A supervisor, and what its hook has heard.
fn hooked() -> (Supervisor, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let hook = Arc::clone(&heard);
    let sup = Supervisor::builder("shop");
    let hook = move |failure: &Failure| {
        hook.lock().expect("no thread panics").push(failure.to_string());
    };
    (sup.on_failure(hook).build(), heard)
}

/// Starts an attempt that fails once it is let go.
fn failing(sup: &Supervisor) -> (Handle<'static, Result<(), Failure>>, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    let goes = Arc::clone(&go);
    let attempt = sup.attempt(async move {
        goes.notified().await;
        Err::<(), _>(Fault("no price"))
    });
    (attempt, go)
}

#[test]
fn the_failure_of_an_attempt_whose_holder_was_dropped_before_its_end_is_reported_once() {
    both(async || {
        let (sup, heard) = hooked();
        let (attempt, go) = failing(&sup);
        assert!(timeout(Duration::ZERO, attempt).await.is_err(), "the holder is dropped");
        go.notify_one();
        let report = in_time(sup.join()).await;
        assert_eq!(report.failed, 1);
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("no price"), "{heard:?}");
    });
}

#[test]
fn the_failure_of_an_attempt_whose_holder_was_dropped_after_its_end_is_reported_once() {
    both(async || {
        let (sup, heard) = hooked();
        let (mut attempt, go) = failing(&sup);
        assert!(poll_once(&mut attempt).await.is_pending());
        go.notify_one();
        crate::support::until(|| attempt.is_finished()).await;
        drop(attempt);
        drop(in_time(sup.join()).await);
        assert_eq!(heard.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_failure_that_was_taken_and_a_handle_that_nobody_awaited_are_not_reported() {
    both(async || {
        let (sup, heard) = hooked();
        let (mut taken, go) = failing(&sup);
        assert!(poll_once(&mut taken).await.is_pending());
        go.notify_one();
        assert!(in_time(taken).await.is_err());
        let (unheard, go) = failing(&sup);
        drop(unheard);
        go.notify_one();
        assert_eq!(in_time(sup.join()).await.failed, 2, "each is counted");
        assert!(heard.lock().unwrap().is_empty());
    });
}

#[test]
fn neither_the_value_nor_the_cancellation_of_an_attempt_is_reported() {
    both(async || {
        let (sup, heard) = hooked();
        let probes = Probes::new();
        let (probe, go) = (probes.probe(), Arc::new(Notify::new()));
        let goes = Arc::clone(&go);
        let mut value = sup.attempt(async move {
            goes.notified().await;
            Ok::<_, Fault>(probe)
        });
        assert!(poll_once(&mut value).await.is_pending());
        drop(value);
        go.notify_one();
        let mut cancelled = sup.attempt(pending::<Result<(), Fault>>());
        assert!(poll_once(&mut cancelled).await.is_pending());
        drop(cancelled.cancel_on_drop());
        drop(in_time(sup.join()).await);
        probes.all_dropped(1);
        assert!(heard.lock().unwrap().is_empty());
    });
}

#[test]
fn the_panic_of_an_aborted_attempts_destructor_is_reported() {
    both(async || {
        let (sup, heard) = hooked();
        let started = Arc::new(Notify::new());
        let starts = Arc::clone(&started);
        let attempt = sup.attempt(async move {
            let _bomb = OnDrop::new(|| panic!("while it was cancelled"));
            starts.notify_one();
            pending::<Result<(), Fault>>().await
        });
        started.notified().await;
        attempt.abort_handle().abort();
        assert!(in_time(attempt).await.unwrap_err().is_cancelled());
        drop(in_time(sup.join()).await);
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("while it was cancelled"), "{heard:?}");
    });
}

#[test]
fn the_failure_of_a_scopes_attempt_whose_holder_was_dropped_is_traced() {
    both(async || {
        let ended: Result<(), Fault> = try_scope!(|s| {
            let go = Arc::new(Notify::new());
            let goes = Arc::clone(&go);
            let attempt = s.attempt(async move {
                goes.notified().await;
                Err::<(), _>(Fault("no price"))
            });
            assert!(timeout(Duration::ZERO, attempt).await.is_err(), "the holder is dropped");
            go.notify_one();
            Ok(())
        })
        .await;
        assert_eq!(ended, Ok(()));
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("no price"), "{traces:?}");
    });
}

#[test]
fn a_scope_waits_for_the_value_of_an_attempt_whose_holder_was_dropped() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        scope!(|s| {
            let go = Arc::new(Notify::new());
            let goes = Arc::clone(&go);
            let attempt = s.attempt(async move {
                goes.notified().await;
                probe
            });
            assert!(timeout(Duration::ZERO, attempt).await.is_err(), "the holder is dropped");
            go.notify_one();
        })
        .await;
        probes.all_dropped(1);
    });
}
