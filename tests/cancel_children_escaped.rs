//! What `cancel_children` ends although it is hard to find: scopes that a child has forgotten, and
//! children that have outlived many calls (R2, R5).

use std::future::pending;
use std::sync::Arc;

use foster::scope;
use tokio::sync::Notify;

use crate::support::{
    Gate, OnDrop, Probe, Probes, both, forget, in_time, multi, panic_of, poll_once, text_of, until,
};

/// Opens a scope with a child that holds `probe`, polls it once, and forgets it.
async fn forgets_a_scope(probe: Probe) {
    let mut scope = Box::pin(scope!(|s| {
        s.launch(async move {
            let _probe = probe;
            pending::<()>().await;
        });
        pending::<()>().await;
    }));
    assert!(poll_once(&mut scope).await.is_pending());
    forget(scope);
}

#[test]
fn cancel_children_waits_for_what_a_scope_still_runs_that_a_child_has_forgotten() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            for goes_on in [true, false] {
                let (probe, opened) = (probes.probe(), Arc::new(Notify::new()));
                let opens = Arc::clone(&opened);
                s.launch(async move {
                    forgets_a_scope(probe).await;
                    opens.notify_one();
                    if goes_on {
                        pending::<()>().await;
                    }
                });
                opened.notified().await;
            }
            s.cancel_children().await;
            probes.all_dropped(2);
            assert_eq!(s.live(), 0);
        })
        .await;
    });
}

#[test]
fn cancel_children_waits_for_what_an_interleaved_child_has_forgotten() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            s.interleave(forgets_a_scope(probes.probe()));
            tokio::task::yield_now().await;
            assert_eq!((probes.made(), probes.dropped()), (1, 0));
            s.cancel_children().await;
            probes.all_dropped(1);
        })
        .await;
    });
}

#[test]
fn cancel_children_leaves_a_scope_alone_that_the_body_has_open_beside_it() {
    both(async || {
        let ended = scope!(|s| {
            s.launch(pending::<()>());
            let mut beside = Box::pin(scope!(|t| {
                let go = t.spawn(async {
                    tokio::task::yield_now().await;
                    7
                });
                go.await
            }));
            assert!(poll_once(&mut beside).await.is_pending());
            s.cancel_children().await;
            beside.await
        })
        .await;
        assert_eq!(ended, 7);
    });
}

#[test]
fn a_child_ends_however_many_calls_of_cancel_children_were_dropped_since_its_start() {
    multi(async || {
        let gate = Gate::new();
        let _opened = OnDrop::new({
            let gate = gate.clone();
            move || gate.open()
        });
        let probes = Probes::new();
        scope!(|s| {
            let (probe, started) = (probes.probe(), Arc::new(Notify::new()));
            let (starts, passes) = (Arc::clone(&started), gate.clone());
            s.launch(async move {
                let _probe = probe;
                starts.notify_one();
                passes.pass(); // one long poll
                pending::<()>().await;
            });
            started.notified().await;
            // As many as a byte has values: it would begin again.
            for _ in 0..256 {
                let mut cancelling = Box::pin(s.cancel_children());
                assert!(poll_once(&mut cancelling).await.is_pending());
                drop(cancelling);
                s.launch(async {});
            }
            gate.open();
            until(|| probes.dropped() == 1).await;
            in_time(s.cancel_children()).await;
        })
        .await;
    });
}

#[test]
fn a_call_of_cancel_children_that_could_miss_a_child_panics() {
    multi(async || {
        let gate = Gate::new();
        let _opened = OnDrop::new({
            let gate = gate.clone();
            move || gate.open()
        });
        let payload = panic_of(scope!(|s| {
            let started = Arc::new(Notify::new());
            let (starts, passes) = (Arc::clone(&started), gate.clone());
            s.launch(async move {
                starts.notify_one();
                passes.pass();
            });
            started.notified().await;
            for call in 1.. {
                let mut cancelling = Box::pin(s.cancel_children());
                let opens = OnDrop::new(|| gate.open());
                assert!(poll_once(&mut cancelling).await.is_pending());
                opens.defuse();
                drop(cancelling);
                s.launch(async {});
                assert!(call < 5_000, "it was let go on");
            }
        }))
        .await;
        assert!(text_of(&*payload).contains("too many calls of `cancel_children`"));
    });
}
