//! Of several failures in a fail-fast scope the first comes out, and none is silent (R3).

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use foster::{checkpoint, supervised, try_scope};
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::Level;

use crate::support::{
    Fault, Gate, OnDrop, Probe, Probes, block_until, both, multi, panic_of, single, text_of, traces,
};

#[test]
fn earlier_error_wins() {
    single(async || {
        let ended: Result<(), Fault> = try_scope!(|s| {
            for (after, name) in [(3, "third"), (1, "first"), (2, "second")] {
                s.launch(async move {
                    sleep(Duration::from_secs(after)).await;
                    Err(Fault(name))
                });
            }
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("first")));
        assert!(traces().is_empty(), "the others were cancelled, which is no failure");
    });
}

#[test]
fn each_later_error_is_traced() {
    both(async || {
        let ended: Result<(), Fault> = try_scope!(|s| {
            let gate = Gate::new();
            for name in ["later 1", "later 2"] {
                let gate = gate.clone();
                // It cannot be cancelled, so it does fail later.
                let started = Arc::new(Notify::new());
                let late = s.spawn_blocking({
                    let started = Arc::clone(&started);
                    move || {
                        started.notify_one();
                        gate.pass();
                        Err::<(), _>(Fault(name))
                    }
                });
                started.notified().await;
                assert!(!late.is_finished());
            }
            let _opened = OnDrop::new(move || gate.open());
            s.launch(async { Err(Fault("first")) });
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("first")));
        let mut texts: Vec<_> =
            traces().into_iter().map(|trace| (trace.level, trace.text)).collect();
        texts.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts.iter().all(|(level, text)| *level == Level::WARN && text.contains(file!())));
        assert!(texts.iter().any(|(_, text)| text.contains("later 1")), "{texts:?}");
        assert!(texts.iter().any(|(_, text)| text.contains("later 2")), "{texts:?}");
    });
}

#[test]
fn body_that_fails_later_than_a_child_is_traced() {
    multi(async || {
        let ended: Result<(), Fault> = try_scope!(|s| {
            s.launch(async { Err(Fault("child")) });
            // In one poll, so that the body cannot be cancelled before it fails, too.
            block_until(|| s.live() == 0);
            Err(Fault("body"))
        })
        .await;
        assert_eq!(ended, Err(Fault("child")));
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert_eq!(traces[0].level, Level::WARN);
        assert!(traces[0].text.contains(r#"Fault("body")"#), "{traces:?}");
    });
}

#[test]
fn value_of_a_body_that_ends_later_than_a_child_fails_is_dropped() {
    multi(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        let ended: Result<Probe, Fault> = try_scope!(|s| {
            s.launch(async { Err(Fault("child")) });
            block_until(|| s.live() == 0);
            Ok(probe)
        })
        .await;
        assert_eq!(ended.unwrap_err(), Fault("child"));
        probes.all_dropped(1);
    });
}

#[test]
fn an_error_that_a_panic_outranks_is_traced_with_its_text() {
    both(async || {
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            s.launch(async {
                let _bomb = OnDrop::new(|| panic!("already rolled back"));
                pending::<Result<(), Fault>>().await
            });
            checkpoint().await;
            checkpoint().await;
            s.launch(async { Err(Fault("disk full")) });
            pending().await
        }))
        .await;
        // Where the child never ran, it was cancelled with its captures only.
        if payload.downcast_ref::<&str>() == Some(&"already rolled back") {
            let traces = traces();
            assert_eq!(traces.len(), 1, "{traces:?}");
            assert!(traces[0].text.contains(r#"Fault("disk full")"#), "{traces:?}");
        }
    });
}

#[test]
fn an_error_of_the_body_that_a_panic_outranks_is_traced_with_its_text() {
    single(async || {
        let payload = panic_of(fails_over_a_bomb()).await;
        assert_eq!(text_of(&*payload), "already rolled back");
        let payload = panic_of(fails_over_a_bomb_without_text()).await;
        assert_eq!(text_of(&*payload), "already rolled back");
        let traces = traces();
        assert_eq!(traces.len(), 2, "{traces:?}");
        assert!(traces[0].text.contains(r#"Fault("disk full")"#), "{traces:?}");
        assert!(traces[1].text.contains("Mute"), "its type, where it has no text: {traces:?}");
    });
}

/// An error that cannot be printed.
struct Mute;

impl From<Fault> for Mute {
    fn from(_: Fault) -> Self {
        Self
    }
}

#[supervised(s)]
async fn fails_over_a_bomb() -> Result<(), Fault> {
    s.launch(async {
        let _bomb = OnDrop::new(|| panic!("already rolled back"));
        pending::<Result<(), Fault>>().await
    });
    checkpoint().await;
    Err(Fault("disk full"))
}

#[supervised(s)]
async fn fails_over_a_bomb_without_text() -> Result<(), Mute> {
    s.launch(async {
        let _bomb = OnDrop::new(|| panic!("already rolled back"));
        pending::<Result<(), Fault>>().await
    });
    checkpoint().await;
    Err(Mute)
}
