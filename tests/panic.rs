//! Panics of children and of the body: the rest ends first, then it goes on in the parent (R4).

use std::future::pending;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{FailureKind, Interrupted, Spawner, scope, try_scope};
use tokio::sync::Notify;
use tracing::Level;

use crate::support::{
    Fault, Gate, OnDrop, Probes, Sequence, both, panic_of, single, text_of, traces, until,
};

#[test]
fn panic_of_a_child_is_resumed_in_the_parent_with_its_payload() {
    #[derive(Debug, PartialEq)]
    struct Payload(u32);
    both(async || {
        let payload = panic_of(scope!(|s| {
            let child = s.spawn(async {
                tokio::task::yield_now().await;
                panic_any(Payload(7))
            });
            child.await
        }))
        .await;
        assert_eq!(payload.downcast_ref(), Some(&Payload(7)));
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            s.launch(async { panic!("launched") });
            pending().await
        }))
        .await;
        assert_eq!(text_of(&*payload), "launched");
    });
}

#[test]
fn panic_is_resumed_after_all_have_ended() {
    both(async || {
        let (probes, parked) = (Probes::slow(), Arc::new(AtomicUsize::new(0)));
        let local = probes.probe();
        let payload = panic_of(scope!(|s| {
            let _local = local;
            for _ in 0..30 {
                let (a, b, c) = (probes.probe(), probes.probe(), probes.probe());
                let count = Arc::clone(&parked);
                s.launch(async move {
                    let _probe = a;
                    count.fetch_add(1, Ordering::SeqCst);
                    pending::<()>().await;
                });
                s.background(async move {
                    let _probe = b;
                    pending::<()>().await;
                });
                s.interleave(async move {
                    let _probe = c;
                    pending::<()>().await;
                });
            }
            until(|| parked.load(Ordering::SeqCst) == 30).await;
            s.launch(async { panic!("one of many") });
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "one of many");
        probes.all_dropped(91);
    });
}

#[test]
fn panic_of_the_body_cancels_the_children_first() {
    both(async || {
        let steps = Sequence::new();
        let payload = panic_of(scope!(|s| {
            let (parked, ended) = (Arc::new(Notify::new()), steps.on_drop(3));
            let child_parked = Arc::clone(&parked);
            s.launch(async move {
                let _ended = ended;
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            let _local = steps.on_drop(2);
            steps.expect(1);
            panic!("body");
        }))
        .await;
        assert_eq!(text_of(&*payload), "body");
        steps.finish(4);
    });
}

#[test]
fn panic_of_a_helper_is_a_panic_of_the_scope() {
    both(async || {
        let payload = panic_of(scope!(|s| {
            s.background(async { panic!("helper") });
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "helper");
    });
}

#[test]
fn panic_of_what_a_spawner_launched_is_a_panic_of_the_scope() {
    both(async || {
        let payload = panic_of(scope!(|s| {
            let launched = s.spawner().launch(async { panic!("launched") });
            assert!(launched.is_ok());
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "launched");
        let payload = panic_of(scope!(|s| {
            s.launch(async {
                let launched = Spawner::current().launch(async { panic!("by the current one") });
                assert!(launched.is_ok());
                pending::<()>().await;
            });
        }))
        .await;
        assert_eq!(text_of(&*payload), "by the current one");
    });
}

#[test]
fn panic_passes_through_each_scope_after_its_tasks() {
    both(async || {
        let steps = Sequence::new();
        let payload = panic_of(scope!(|s| {
            let (inner_steps, outer_child) = (steps.clone(), steps.on_drop(3));
            let parked = Arc::new(Notify::new());
            let child_parked = Arc::clone(&parked);
            s.launch(async move {
                let _ended = outer_child;
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            s.launch(async move {
                let _inner = inner_steps.on_drop(2);
                scope!(|s| {
                    let ended = inner_steps.on_drop(1);
                    s.launch(async move {
                        let _ended = ended;
                        pending::<()>().await;
                    });
                    tokio::task::yield_now().await;
                    s.launch(async { panic!("inner") });
                })
                .await;
            });
        }))
        .await;
        assert_eq!(text_of(&*payload), "inner");
        steps.finish(4);
        assert!(traces().is_empty(), "it was one panic: {:?}", traces());
    });
}

#[test]
fn panic_outranks_an_earlier_error() {
    both(async || {
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let parked = Arc::new(Notify::new());
            let child_parked = Arc::clone(&parked);
            s.launch(async move {
                let _last = OnDrop::new(|| panic!("later, and in a destructor"));
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            Err(Fault("earlier"))
        }))
        .await;
        assert_eq!(text_of(&*payload), "later, and in a destructor");
    });
}

#[test]
fn panic_outranks_a_bound() {
    single(async || {
        let bounded = scope!(|s| {
            s.launch(async {
                let _last = OnDrop::new(|| panic!("later"));
                pending::<()>().await;
            });
        })
        .within(Duration::from_secs(1));
        assert_eq!(text_of(&*panic_of(bounded).await), "later");
    });
}

#[test]
fn each_later_panic_is_traced() {
    both(async || {
        let payload = panic_of(scope!(|s| {
            let gate = Gate::new();
            for text in ["later 1", "later 2"] {
                let (gate, started) = (gate.clone(), Arc::new(Notify::new()));
                let work_started = Arc::clone(&started);
                let work = s.spawn_blocking(move || {
                    work_started.notify_one();
                    gate.pass();
                    panic!("{text}");
                });
                started.notified().await;
                assert!(!work.is_finished());
            }
            let _opened = OnDrop::new(move || gate.open());
            s.launch(async { panic!("first") });
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "first");
        let mut traces = traces();
        traces.sort_by(|a, b| a.text.cmp(&b.text));
        let texts: Vec<_> = traces.iter().map(|trace| trace.text.as_str()).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(traces.iter().all(|trace| trace.level == Level::ERROR));
        assert!(texts.iter().any(|text| text.contains("later 1")), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("later 2")), "{texts:?}");
    });
}

#[test]
fn panic_in_a_conversion_is_resumed_after_all_have_ended() {
    #[derive(Debug)]
    struct Cursed;
    impl From<Cursed> for Fault {
        fn from(_: Cursed) -> Self {
            panic!("cannot be converted")
        }
    }
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let probe = probes.probe();
            s.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            s.launch(async { Err(Cursed) });
            pending().await
        }))
        .await;
        assert_eq!(text_of(&*payload), "cannot be converted");
        probes.all_dropped(1);
    });
}

#[test]
fn attempt_keeps_an_error_and_a_panic_in_its_handle() {
    both(async || {
        let sum = try_scope!(|s| -> Result<u32, Fault> {
            let sibling = s.spawn(async {
                tokio::task::yield_now().await;
                Ok::<_, Fault>(1)
            });
            let failed = s.attempt(async { Err::<u32, _>(Fault("kept")) }).await.unwrap_err();
            assert_eq!(failed.error(), Some(&Fault("kept")));
            assert_eq!(failed.task().location().file(), file!());
            let panicked = s.attempt(async {
                tokio::task::yield_now().await;
                panic_any(format!("kept {}", 1));
                #[expect(unreachable_code, reason = "it gives the child its type")]
                Ok::<u32, Fault>(0)
            });
            let panicked = panicked.await.unwrap_err();
            assert!(panicked.is_panic() && !panicked.is_cancelled());
            assert_eq!(panicked.panic_message(), Some("kept 1"));
            let FailureKind::Panic(panic) = panicked.into_kind() else { panic!("it did panic") };
            assert_eq!(text_of(&*panic.into_payload()), "kept 1");
            let value = s.attempt(async { Ok::<_, Fault>(2) }).await.unwrap();
            Ok(sibling.await + value)
        })
        .await;
        assert_eq!(sum, Ok(3));
        assert!(traces().is_empty());
    });
}

#[test]
fn code_after_a_caught_panic_runs_on() {
    both(async || {
        let sum = scope!(|s| {
            let payload = panic_of(scope!(|s| {
                s.launch(async { panic!("caught") });
            }))
            .await;
            assert_eq!(text_of(&*payload), "caught");
            let bounded = scope!(|s| s.spawn(async { 1 }).await).within(Duration::from_secs(10));
            s.spawn(async { 2 }).await + bounded.await.unwrap_or_default()
        })
        .await;
        assert_eq!(sum, 3);
        assert_eq!(scope!(|_s| {}).within(Duration::ZERO).await, Err(Interrupted::Elapsed));
    });
}
