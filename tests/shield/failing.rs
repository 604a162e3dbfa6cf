//! Shields in scopes that fail, and scopes that fail in shields.

use std::future::pending;

use foster::{Spawner, Supervisor, checkpoint, scope, shield, try_scope};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::until_cancelled;
use crate::supervisor::Failures;
use crate::support::{
    Fault, Probes, Sequence, both, panic_of, poll_once, single, text_of, traces, until,
};

/// How the scope around a shield fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Child,
    Helper,
    Interleaved,
    Body,
    ChildPanics,
    BodyPanics,
}

const WAYS: [Way; 6] =
    [Way::Child, Way::Helper, Way::Interleaved, Way::Body, Way::ChildPanics, Way::BodyPanics];

/// A scope with a shield that ends once the scope is cancelled; it fails when the shield runs.
async fn fail(way: Way, order: Sequence) -> Result<(), Fault> {
    let (send, running) = oneshot::channel();
    let (send_too, go) = oneshot::channel();
    let (inner, around) = (order.clone(), order.on_drop(1));
    try_scope!(|s| {
        s.launch(async move {
            let _dropped_by_the_cancellation = around;
            shield!({
                send.send(()).expect("the body waits");
                until_cancelled(&Spawner::current()).await;
                checkpoint().await;
                inner.expect(2);
            })
            .await;
        });
        let fails = async move {
            go.await.expect("the body lets it go on");
            if way == Way::ChildPanics { panic!("it gives up") } else { Err(Fault("it failed")) }
        };
        match way {
            Way::Child | Way::ChildPanics => s.launch(fails),
            Way::Helper => s.background(fails),
            Way::Interleaved => s.interleave(fails),
            Way::Body | Way::BodyPanics => drop(fails),
        }
        running.await.expect("the shield says that it runs");
        send_too.send(()).unwrap_or_default();
        match way {
            Way::Body => Err(Fault("it failed")),
            Way::BodyPanics => panic!("it gives up"),
            _ => pending().await,
        }
    })
    .await
}

#[test]
fn a_shield_finishes_in_whatever_way_its_scope_fails_and_the_scope_waits() {
    both(async || {
        for way in WAYS {
            let order = Sequence::new();
            let failed = fail(way, order.clone());
            if let Way::ChildPanics | Way::BodyPanics = way {
                assert_eq!(text_of(&*panic_of(failed).await), "it gives up", "{way:?}");
            } else {
                assert_eq!(failed.await, Err(Fault("it failed")), "{way:?}");
            }
            order.finish(3);
        }
    });
}

/// E15: who waits for a shield does not shield the others.
#[test]
fn while_the_body_is_in_a_shield_its_children_are_cancelled_at_once() {
    both(async || {
        let (order, token) = (Sequence::new(), CancellationToken::new());
        let (inner, child) = (order.clone(), order.on_drop(1));
        let stop = token.clone();
        let scope = scope!(|s| {
            s.launch(async move {
                let _child = child;
                pending::<()>().await;
            });
            let owner = Spawner::current();
            shield!({
                stop.cancel();
                until(|| owner.live() == 1).await;
                inner.expect(2);
            })
            .await;
            unreachable!("the next await after the shield is cancelled");
        });
        let result: Result<(), _> = scope.cancelled_by(token).await;
        result.expect_err("it was cancelled");
        order.finish(3);
    });
}

/// E11: whichever of them was cancelled, the first await after the shield is the last.
#[test]
fn under_two_cancelled_scopes_nothing_runs_after_the_shield() {
    both(async || {
        let tokens = [(); 2].map(|()| CancellationToken::new());
        let [outer_token, inner_token] = tokens.clone();
        let order = Sequence::new();
        let (shielded, stops) = (order.clone(), tokens.clone());
        let outer = scope!(|_s| {
            let inner = scope!(|_s| {
                shield!({
                    stops.iter().for_each(CancellationToken::cancel);
                    for _ in 0..5 {
                        checkpoint().await;
                    }
                    shielded.expect(1);
                })
                .await;
                unreachable!("both scopes are cancelled");
            });
            let inner: Result<(), _> = inner.cancelled_by(inner_token).await;
            unreachable!("the outer one is cancelled, too: {inner:?}");
        });
        let result: Result<(), _> = outer.cancelled_by(outer_token).await;
        result.expect_err("it was cancelled");
        order.finish(2);
    });
}

/// The scope's error is the scope's; the lost one is the supervisor's to hear of.
#[test]
fn the_error_of_a_shield_in_a_failing_scope_is_reported_once_beside_the_scopes_own() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let failed = sup.attempt(async {
            let (send, running) = oneshot::channel();
            try_scope!(|s| -> Result<(), Fault> {
                s.launch(async move {
                    shield!({
                        send.send(()).expect("the body waits");
                        until_cancelled(&Spawner::current()).await;
                        Err::<(), _>(Fault("declined"))
                    })
                    .named("charge")
                    .await
                });
                running.await.expect("the shield says that it runs");
                Err(Fault("the client hung up"))
            })
            .await
        });
        let failure = failed.await.unwrap_err();
        assert_eq!(failure.error().expect("an error").to_string(), "the client hung up");
        assert_eq!(failures.what(), ["error: declined"]);
        assert_eq!(failures.all()[0].name, "charge");
        let _report = sup.join().await;
        assert_eq!(failures.what().len(), 1);
        assert!(traces().iter().all(|event| !event.text.contains("declined")), "{:?}", traces());
    });
}

/// The scope in a shield is protected, but not from itself.
#[test]
fn a_scope_that_fails_in_a_shield_fails_for_who_awaits_that() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let (probes, made) = (Probes::slow(), Probes::new());
        let [first, second] = [probes.probe(), probes.probe()];
        let order = sup.attempt(async move {
            let order = shield!({
                try_scope!(|s| -> Result<(), Fault> {
                    s.launch(async move {
                        let _first = first;
                        pending::<Result<(), Fault>>().await
                    });
                    s.launch(async move {
                        let _second = second;
                        checkpoint().await;
                        Err(Fault("out of stock"))
                    });
                    pending().await
                })
                .await
            });
            let order = order.await;
            drop(made);
            Ok::<_, Fault>(order)
        });
        assert_eq!(order.await.expect("it goes on"), Err(Fault("out of stock")));
        probes.all_dropped(2);
        let report = sup.join().await;
        assert_eq!((report.finished, report.failed, failures.what().len()), (1, 1, 0));
    });
}

#[test]
fn when_nobody_awaits_it_the_failure_of_a_shields_scope_is_reported_once() {
    both(async || {
        for panics in [false, true] {
            let failures = Failures::new();
            let sup = failures.of("shop").build();
            let (go, goes) = oneshot::channel::<()>();
            let (send, running) = oneshot::channel();
            let awaits = sup.attempt(async move {
                shield!({
                    try_scope!(|s| -> Result<(), Fault> {
                        send.send(()).expect("the test waits");
                        s.launch(async move {
                            goes.await.expect("the test lets it go on");
                            if panics { panic!("it gives up") } else { Err(Fault("refused")) }
                        });
                        pending().await
                    })
                    .await
                })
                .await
            });
            running.await.expect("it says that it runs");
            assert!(awaits.cancel().await.is_none());
            go.send(()).expect("the shield's child is alive");
            let report = sup.join().await;
            let what = if panics { "panic: it gives up" } else { "error: refused" };
            assert_eq!(failures.what(), [what]);
            assert_eq!(
                (report.failed, report.panicked),
                (usize::from(!panics), usize::from(panics))
            );
        }
    });
}

/// The outer one is stopped by its own bound; the inner one is not, and its error is nobody's.
#[test]
fn the_error_of_a_shield_in_a_shield_that_was_stopped_is_reported_once() {
    single(async || {
        let second = super::SECOND;
        let failures = Failures::new();
        let sup: Supervisor = failures.of("shop").build();
        let late = sup.attempt(async move {
            let outer = shield!({
                shield!({
                    tokio::time::sleep(2 * second).await;
                    Err::<(), _>(Fault("declined"))
                })
                .named("inner")
                .await
            });
            outer.named("outer").within(second).await.map(drop)
        });
        assert!(late.await.unwrap_err().error().is_some(), "the time was over");
        assert_eq!(failures.what(), [""; 0], "the inner one runs on");
        let mut join = Box::pin(sup.join());
        assert!(poll_once(&mut join).await.is_pending());
        let report = join.await;
        assert_eq!(failures.what(), ["error: declined"]);
        assert_eq!(failures.all()[0].name, "inner");
        assert_eq!(report.failed, 3, "who awaited, and both shields");
    });
}
