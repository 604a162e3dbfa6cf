//! Shields know of no cancellation but their own (R7).

use std::future::pending;
use std::time::Duration;

use foster::{
    CancelReason, Interrupted, Spawner, Supervisor, cancel_reason, is_cancelled, scope, shield,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Reasons;
use crate::support::{block_until, both, poll_once, single, until};

const SECOND: Duration = Duration::from_secs(1);

/// Neither the block, nor its own scope's children, nor one that blocks there.
#[test]
fn a_shield_is_told_nothing_of_its_owners_cancellation() {
    both(async || {
        let (reasons, token) = (Reasons::new(), CancellationToken::new());
        let inner = reasons.clone();
        let (send, running) = oneshot::channel();
        let scope = scope!(|s| {
            let (awaiter, block) = (inner.at("awaiter"), inner.clone());
            s.launch(async move {
                let _awaiter = awaiter;
                shield!({
                    let _block = block.at("block");
                    let owner = Spawner::current();
                    send.send(()).expect("the test waits");
                    until(|| owner.launch(async {}).is_err()).await;
                    assert!(!is_cancelled(), "the owner is cancelled, this is not");
                    scope!(|s| {
                        let child = block.at("child");
                        s.launch(async move { drop(child) });
                        assert!(!s.spawn_blocking(is_cancelled).await);
                    })
                    .await;
                })
                .await;
            });
            pending::<()>().await;
        });
        let cancels = async {
            running.await.expect("the shield says that it runs");
            token.cancel();
        };
        let (result, ()) = tokio::join!(scope.cancelled_by(token.clone()), cancels);
        assert_eq!(result, Err(Interrupted::Cancelled));
        let expected = [("awaiter", Some(CancelReason::Token)), ("block", None), ("child", None)];
        assert_eq!(reasons.seen(), expected);
    });
}

#[test]
fn a_forced_shield_and_all_below_it_are_told_of_the_shutdown() {
    single(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        sup.launch(async move {
            scope!(|s| {
                s.background(async move {
                    shield!({
                        let _block = inner.at("block");
                        inner.note("the block before");
                        inner.fill_scope().await;
                    })
                    .await;
                });
                pending::<()>().await;
            })
            .await;
        });
        let report = sup.shutdown().await;
        assert_eq!((report.forced.len(), report.abandoned.len()), (1, 0), "{report}");
        let mut told = reasons.seen();
        assert_eq!(told.remove(told.len() - 1), ("the block before", None));
        assert_eq!(told.len(), 8, "the block, its scope's body, and what that runs");
        let shutdown = Some(CancelReason::Shutdown);
        assert!(told.iter().all(|&(_, reason)| reason == shutdown), "{told:?}");
    });
}

impl Reasons {
    /// A scope that runs all there is.
    async fn fill_scope(&self) {
        scope!(|s| {
            let _body = self.at("body");
            self.fill(s);
            pending::<()>().await;
        })
        .await;
    }
}

/// It was cancelled before it was forced: the first reason stays, but not the shield's own.
#[test]
fn a_forced_shield_of_a_scope_that_failed_is_told_of_the_shutdown() {
    single(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        sup.launch(async move {
            let sibling = inner.parks("sibling");
            scope!(|s| {
                s.launch(sibling);
                let block = inner.parks("block");
                s.launch(async move { shield!(block.await).await });
                inner.run(2).await;
                s.launch(async { panic!("the scope fails") });
                pending::<()>().await;
            })
            .await;
        });
        until(|| reasons.seen().len() == 1).await;
        let report = sup.shutdown().await;
        assert_eq!(report.forced.len(), 1, "{report}");
        let [failed, shutdown] = [CancelReason::Failed, CancelReason::Shutdown].map(Some);
        assert_eq!(reasons.seen(), [("block", shutdown), ("sibling", failed)]);
    });
}

#[test]
fn a_shield_whose_own_grace_is_over_is_told_of_the_shutdown() {
    single(async || {
        let reasons = Reasons::new();
        let block = reasons.parks("block");
        let sup = Supervisor::builder("shop").grace(9 * SECOND).build();
        let mut charge = sup.shield(block).grace(SECOND);
        assert!(poll_once(&mut charge).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!((report.elapsed, report.forced.len()), (SECOND, 1));
        assert_eq!(reasons.seen(), [("block", Some(CancelReason::Shutdown))]);
    });
}

#[test]
fn a_shield_whose_own_time_is_over_is_told_so() {
    single(async || {
        let reasons = Reasons::new();
        let block = reasons.parks("block");
        let late = shield!(block.await).within(SECOND).await;
        assert_eq!(late, Err(Interrupted::Elapsed));
        assert_eq!(reasons.seen(), [("block", Some(CancelReason::Elapsed))]);
    });
}

/// A thread in a shield cannot be forced, but it is asked.
#[test]
fn a_blocking_child_in_a_forced_shield_is_asked_to_end() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let (send, running) = oneshot::channel();
        let hour = Duration::from_hours(1);
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).cancel_within(hour).build();
        let spawner = sup.spawner();
        let block = async move {
            scope!(|s| {
                s.spawn_blocking(move || {
                    send.send(()).expect("the test waits");
                    block_until(|| Spawner::current().launch(async {}).is_err());
                    inner.note("forced");
                    assert!(is_cancelled() && cancel_reason().is_some());
                })
                .await;
            })
            .await;
        };
        assert!(poll_once(&mut sup.shield(block).named("print")).await.is_pending());
        running.await.expect("it says that it runs");
        spawner.shutdown();
        spawner.shutdown();
        spawner.shutdown();
        let report = sup.shutdown().await;
        assert_eq!(report.forced.len(), 1, "{report}");
        foster::root().drained().await; // the thread may outlast the last rung
        assert_eq!(reasons.seen(), [("forced", Some(CancelReason::Shutdown))]);
    });
}
