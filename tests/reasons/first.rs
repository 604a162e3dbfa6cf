//! Of several causes the first counts, for each owner.

use std::future::pending;
use std::time::Duration;

use foster::{CancelReason, Interrupted, Supervisor, cancel_reason, scope, try_scope};
use tokio::sync::oneshot;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use super::Reasons;
use crate::support::{Fault, Gate, block_until, both, poll_once, single};

/// A child that blocks lives on, so that it can ask twice.
#[test]
fn a_later_failure_does_not_change_the_reason() {
    both(async || {
        let (reasons, token, gate) = (Reasons::new(), CancellationToken::new(), Gate::new());
        let (asks, later) = (reasons.clone(), gate.clone());
        let [(ask, asking), (fail, failing)] = [(); 2].map(|()| oneshot::channel());
        let cancels = async {
            asking.await.expect("it says that it runs");
            failing.await.expect("it says that it runs");
            token.cancel();
        };
        let scope = try_scope!(|s| -> Result<(), Failed> {
            let asks = s.spawn_blocking(move || {
                ask.send(()).expect("the test waits");
                block_until(foster::is_cancelled);
                asks.note("before");
                later.pass();
                asks.note("later");
                Ok::<_, Failed>(())
            });
            let fails = s.spawn_blocking(move || {
                fail.send(()).expect("the test waits");
                block_until(foster::is_cancelled);
                gate.open();
                Err::<(), _>(Failed)
            });
            asks.await;
            fails.await;
            Ok(())
        });
        let (result, ()) = tokio::join!(scope.cancelled_by(token.clone()), cancels);
        assert_eq!(result, Err(Failed), "`From<Interrupted>`: the first cause wins");
        let token = Some(CancelReason::Token);
        assert_eq!(reasons.seen(), [("before", token), ("later", token)]);
    });
}

/// What both causes come out as.
#[derive(Debug, PartialEq, Eq)]
struct Failed;

impl From<Interrupted> for Failed {
    fn from(bound: Interrupted) -> Self {
        assert_eq!(bound, Interrupted::Cancelled);
        Self
    }
}

#[test]
fn a_bound_that_is_reached_later_does_not_change_the_reason() {
    single(async || {
        let (reasons, token) = (Reasons::new(), CancellationToken::new());
        let (asks, gate) = (reasons.clone(), Gate::new());
        let blocks = gate.clone();
        let (run, running) = oneshot::channel();
        let bounded = scope!(|s| {
            let asks = s.spawn_blocking(move || {
                run.send(()).expect("the test waits");
                blocks.pass();
                asks.note("child");
            });
            asks.await;
        });
        let bounded = bounded.within(Duration::from_secs(2)).cancelled_by(token.clone());
        let moves = async {
            running.await.expect("it says that it runs");
            token.cancel();
            advance(Duration::from_secs(3)).await;
            gate.open();
        };
        let (result, ()) = tokio::join!(bounded, moves);
        assert_eq!(result, Err(Interrupted::Cancelled));
        assert_eq!(reasons.seen(), [("child", Some(CancelReason::Token))]);
    });
}

/// A scope that ends already keeps its own reason when the owner above is cancelled, too.
#[test]
fn an_inner_scope_keeps_its_reason_when_the_outer_one_gets_another() {
    both(async || {
        let (reasons, token, gate) = (Reasons::new(), CancellationToken::new(), Gate::new());
        let (inner, asks, later) = (reasons.clone(), reasons.clone(), gate.clone());
        let (send, ended) = oneshot::channel();
        let outer = scope!(|s| {
            let outer_child = inner.parks("outer child");
            s.launch(outer_child);
            s.launch(async move {
                let (run, running) = oneshot::channel();
                let result: Result<(), Fault> = try_scope!(|s| {
                    let blocking = s.spawn_blocking(move || {
                        run.send(()).expect("a sibling waits");
                        block_until(foster::is_cancelled);
                        send.send(()).expect("the test waits");
                        later.pass();
                        asks.note("inner child");
                        Ok::<_, Fault>(())
                    });
                    s.launch(async {
                        running.await.expect("it says that it runs");
                        Err(Fault("the first"))
                    });
                    blocking.await;
                    Ok(())
                })
                .await;
                unreachable!("the outer scope is cancelled: {result:?}");
            });
            pending::<()>().await;
        });
        let mut outer = Box::pin(outer.cancelled_by(token.clone()));
        assert!(poll_once(&mut outer).await.is_pending());
        ended.await.expect("the inner scope is ending");
        token.cancel();
        assert!(poll_once(&mut outer).await.is_pending(), "a thread blocks");
        gate.open();
        outer.await.expect_err("it was cancelled");
        let [failed, token] = [CancelReason::Failed, CancelReason::Token].map(Some);
        assert_eq!(reasons.seen(), [("inner child", failed), ("outer child", token)]);
    });
}

/// The reason goes down with the cancellation: who is dropped by it is not told of the drop.
#[test]
fn what_a_cancelled_task_drops_is_told_why_that_was_cancelled() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let (send, running) = oneshot::channel();
        sup.launch(async move {
            let nested = Supervisor::builder("counter").build();
            nested.launch(inner.parks("a task of a dropped supervisor"));
            let mut scope = Box::pin(scope!(|s| {
                s.launch(inner.parks("a child of a dropped scope"));
                pending::<()>().await;
            }));
            assert!(poll_once(&mut scope).await.is_pending());
            send.send(()).expect("the test waits");
            pending::<()>().await;
        });
        running.await.expect("it says that it runs");
        assert!(sup.shutdown().await.is_clean());
        let shutdown = Some(CancelReason::Shutdown);
        let expected =
            ["a child of a dropped scope", "a task of a dropped supervisor"].map(|p| (p, shutdown));
        assert_eq!(reasons.seen(), expected);
    });
}

/// A destructor that drops something itself, and what comes after it.
#[test]
fn the_reason_is_that_of_the_innermost_cancellation_and_ends_with_it() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let (send, running) = oneshot::channel();
        let told = scope!(|s| {
            let child = s.spawn(async move {
                let _first = inner.at("first");
                let mut scope = Box::pin(scope!(|s| {
                    s.launch(inner.parks("dropped by hand"));
                    pending::<()>().await;
                }));
                assert!(poll_once(&mut scope).await.is_pending());
                drop(scope);
                inner.note("after the drop");
                send.send(()).expect("the body waits");
                pending::<()>().await;
            });
            running.await.expect("it says that it runs");
            child.cancel().await;
            cancel_reason()
        });
        assert_eq!(told.await, None, "after the cancellation");
        let expected = [
            ("after the drop", None),
            ("dropped by hand", Some(CancelReason::Dropped)),
            ("first", Some(CancelReason::ByHand)),
        ];
        assert_eq!(reasons.seen(), expected);
    });
}
