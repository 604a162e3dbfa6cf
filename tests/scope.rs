//! Plain scopes: values, what a scope waits for, and the forms of its body (R1, R3, R6).

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foster::{Scope, scope};
use futures_util::FutureExt as _;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::support::{Fault, OnDrop, Polls, Probes, Sequence, both, multi, single, until};

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn scope_without_children_needs_no_runtime_and_ends_at_once() {
    assert_eq!(scope!(|_| { 5 }).now_or_never(), Some(5));
    assert_eq!(scope!(|_| 5).now_or_never(), Some(5));
    let mut count = 0;
    let bump = scope!(|s| {
        s.interleave(async { count += 1 });
    });
    assert_eq!(bump.now_or_never(), Some(()));
    assert_eq!(count, 1);
}

#[test]
fn body_borrows_from_the_function_around_it() {
    both(async || {
        let words = vec![String::from("a")];
        let mut seen = Vec::new();
        is_send(scope!(|s| {
            let len = words.len();
            seen.push(s.spawn(async move { len }).await);
            seen.push(words[0].len());
        }))
        .await;
        assert_eq!(seen, [1, 1]);
        assert_eq!(words, ["a"]);
    });
}

#[test]
fn question_mark_and_return_leave_only_the_body() {
    async fn first(input: &str) -> Result<u32, std::num::ParseIntError> {
        let parsed = scope!(|s| -> Result<u32, std::num::ParseIntError> {
            let parsed: u32 = input.parse()?;
            if parsed == 7 {
                return Ok(70);
            }
            Ok(s.spawn(async move { parsed }).await)
        })
        .await;
        parsed.map(|n| n + 1)
    }
    both(async || {
        assert_eq!(first("1").await, Ok(2));
        assert_eq!(first("7").await, Ok(71));
        assert!(first("x").await.is_err());
    });
}

#[test]
fn error_of_a_child_is_a_value() {
    both(async || {
        let failed = Arc::new(Notify::new());
        let (bad, good) = scope!(|s| {
            let good = s.spawn({
                let failed = Arc::clone(&failed);
                async move {
                    failed.notified().await;
                    Ok::<_, Fault>(1)
                }
            });
            let bad = s.spawn(async { Err::<u32, _>(Fault("no")) }).await;
            failed.notify_one();
            (bad, good.await)
        })
        .await;
        assert_eq!((bad, good), (Err(Fault("no")), Ok(1)));
    });
}

#[test]
fn scope_waits_for_every_child() {
    both(async || {
        let (probes, ran) = (Probes::slow(), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            for n in 0..100 {
                let (probe, ran) = (probes.probe(), Arc::clone(&ran));
                s.launch(async move {
                    for _ in 0..n % 5 {
                        tokio::task::yield_now().await;
                    }
                    ran.fetch_add(1, Ordering::SeqCst);
                    drop(probe);
                });
            }
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 100);
        probes.all_dropped(100);
    });
}

#[test]
fn scope_waits_for_a_child_that_is_spawned_in_the_middle() {
    single(async || {
        let start = tokio::time::Instant::now();
        scope!(|s| {
            s.launch(tokio::time::sleep(Duration::from_secs(1)));
            tokio::time::sleep(Duration::from_millis(500)).await;
            s.launch(tokio::time::sleep(Duration::from_secs(2)));
        })
        .await;
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
    });
}

#[test]
fn scope_waits_for_what_its_children_launch() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let spawner = s.spawner();
            let (child, grandchild) = (probes.probe(), probes.probe());
            s.launch(async move {
                let inner = spawner.clone();
                let launched = spawner.launch(async move {
                    tokio::task::yield_now().await;
                    let again = inner.launch(async move {
                        tokio::task::yield_now().await;
                        drop(grandchild);
                    });
                    assert!(again.is_ok());
                });
                assert!(launched.is_ok());
                drop(child);
            });
        })
        .await;
        probes.all_dropped(2);
    });
}

#[test]
fn helpers_end_after_the_body_and_all_other_children() {
    both(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let (polled, body_ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let (helper_ended, helper_polled) = (steps.on_drop(4), Arc::clone(&polled));
            s.background(async move {
                let _ended = helper_ended;
                helper_polled.notify_one();
                pending::<()>().await;
            });
            polled.notified().await;
            let _last_local = OnDrop::new({
                let (steps, body_ended) = (steps.clone(), Arc::clone(&body_ended));
                move || {
                    steps.expect(2);
                    body_ended.notify_one();
                }
            });
            let child_steps = steps.clone();
            s.launch(async move {
                body_ended.notified().await;
                tokio::task::yield_now().await;
                child_steps.expect(3);
            });
            steps.expect(1);
        })
        .await;
        steps.finish(5);
    });
}

#[test]
fn helper_that_never_returns_does_not_hold_the_scope() {
    both(async || {
        let ticks = Arc::new(AtomicUsize::new(0));
        scope!(|s| {
            let helper = Arc::clone(&ticks);
            s.background(async move {
                loop {
                    helper.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
            until(|| ticks.load(Ordering::SeqCst) > 3).await;
        })
        .await;
        let ended_at = ticks.load(Ordering::SeqCst);
        tokio::task::yield_now().await;
        assert_eq!(ticks.load(Ordering::SeqCst), ended_at, "the helper is gone");
    });
}

#[test]
fn launched_child_that_never_returns_ends_by_cancellation() {
    both(async || {
        let (probes, token) = (Probes::slow(), CancellationToken::new());
        let ended = scope!(|s| {
            let probe = probes.probe();
            s.launch(async move {
                let _probe = probe;
                loop {
                    tokio::task::yield_now().await;
                }
            });
            token.cancel();
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(foster::Interrupted::Cancelled));
        probes.all_dropped(1);
    });
}

#[test]
fn scope_runs_only_when_it_is_polled() {
    both(async || {
        let (probes, mut ran) = (Probes::new(), false);
        let probe = probes.probe();
        let unpolled = scope!(|s| {
            let _probe = &probe;
            ran = true;
            s.launch(pending::<()>());
        })
        .named("unpolled")
        .within(Duration::from_secs(1));
        drop(unpolled);
        assert!(!ran);
        assert_eq!(probes.dropped(), 0);
    });
}

#[test]
fn scope_can_be_handed_on_to_functions() {
    async fn double(s: &mut Scope<'_, foster::Plain>, n: u32) -> u32 {
        s.spawn(async move { 2 * n }).await
    }
    fn note<'env>(s: &Scope<'env, foster::Plain>, notes: &'env Mutex<Vec<u32>>, n: u32) {
        s.interleave(async move { notes.lock().unwrap().push(n) });
    }
    both(async || {
        let notes = Mutex::new(Vec::new());
        let doubled = scope!(|s| {
            note(s, &notes, 1);
            double(s, 21).await
        })
        .await;
        assert_eq!((doubled, notes.into_inner().unwrap()), (42, vec![1]));
    });
}

#[test]
fn finished_children_wake_only_who_waits_for_them() {
    multi(async || {
        let (send, mut received) = mpsc::unbounded_channel();
        let (scope, polls) = Polls::of(scope!(|s| {
            for n in 0..10_000 {
                let send = send.clone();
                s.launch(async move {
                    send.send(n).unwrap();
                });
            }
        }));
        scope.await;
        let mut sum = 0_u64;
        while let Ok(n) = received.try_recv() {
            sum += n;
        }
        assert_eq!(sum, 9_999 * 10_000 / 2);
        let polls = polls.load(Ordering::SeqCst);
        assert!(polls <= 3, "the scope was polled {polls} times: once and for its end are enough");
    });
}
