//! The reason in what is handed to somebody: the `Failure` of an attempt, and its text.

use std::future::pending;
use std::time::Duration;

use foster::{
    CancelReason, Failure, FailureKind, Handle, Interrupted, Spawner, Supervisor, scope, try_scope,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Reasons;
use crate::support::{Fault, both, single};

/// What the handle of an attempt that never ends by itself yields.
type Attempt = Handle<'static, Result<(), Failure>>;

/// Starts one in the ambient owner.
fn attempt() -> Attempt {
    Spawner::current().attempt(pending::<Result<(), Fault>>()).expect("its owner is open")
}

#[track_caller]
fn was_cancelled(failure: &Failure, expected: CancelReason) {
    let FailureKind::Cancelled(reason) = failure.kind() else { panic!("not {failure}") };
    assert_eq!(*reason, expected);
    assert!(failure.is_cancelled() && !failure.is_panic() && failure.error().is_none());
    assert!(failure.to_string().ends_with(&format!(" was cancelled: {expected}")), "{failure}");
}

#[test]
fn the_failure_of_an_attempt_in_a_scope_says_why_that_was_cancelled() {
    both(async || {
        let (send, attempted) = oneshot::channel::<Attempt>();
        let result: Result<(), Fault> = try_scope!(|s| {
            assert!(send.send(attempt()).is_ok(), "the test takes it");
            s.launch(async { Err(Fault("a sibling's")) });
            pending::<()>().await;
            Ok(())
        })
        .await;
        assert_eq!(result, Err(Fault("a sibling's")));
        let failure = attempted.await.expect("it was sent").await.unwrap_err();
        was_cancelled(&failure, CancelReason::Failed);

        let (token, (send, attempted)) = (CancellationToken::new(), oneshot::channel::<Attempt>());
        let stop = token.clone();
        let scope = scope!(|_s| {
            assert!(send.send(attempt()).is_ok(), "the test takes it");
            stop.cancel();
            pending::<()>().await;
        });
        scope.cancelled_by(token).await.expect_err("it was cancelled");
        let failure = attempted.await.expect("it was sent").await.unwrap_err();
        was_cancelled(&failure, CancelReason::Token);

        let (send, attempted) = oneshot::channel::<Attempt>();
        let scope = scope!(|_s| {
            assert!(send.send(attempt()).is_ok(), "the test takes it");
            pending::<()>().await;
        });
        scope.within(Duration::from_millis(10)).await.expect_err("it is over");
        let failure = attempted.await.expect("it was sent").await.unwrap_err();
        was_cancelled(&failure, CancelReason::Elapsed);

        let (send, attempted) = oneshot::channel::<Attempt>();
        scope!(|s| {
            assert!(send.send(attempt()).is_ok(), "the test takes it");
            s.cancel_children().await;
        })
        .await;
        let failure = attempted.await.expect("it was sent").await.unwrap_err();
        was_cancelled(&failure, CancelReason::ByHand);
    });
}

#[test]
fn the_failure_of_an_attempt_in_a_supervisor_says_why_that_was_cancelled() {
    both(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let slow = sup.attempt(pending::<Result<(), Fault>>());
        assert_eq!(sup.shutdown().await.cancelled, 1);
        was_cancelled(&slow.await.unwrap_err(), CancelReason::Shutdown);

        let sup = Supervisor::builder("shop").build();
        let slow = sup.attempt(pending::<Result<(), Fault>>());
        drop(sup);
        was_cancelled(&slow.await.unwrap_err(), CancelReason::Dropped);

        let sup = Supervisor::builder("shop").build();
        let slow = sup.attempt(pending::<Result<(), Fault>>());
        assert!(slow.cancel().await.is_none(), "who cancels knows why");
        assert_eq!(sup.join().await.cancelled, 1);
    });
}

/// The destructor, the failure and the bound agree.
#[test]
fn the_destructors_and_the_failure_tell_the_same() {
    single(async || {
        let reasons = Reasons::new();
        let sup = Supervisor::builder("shop").grace(Duration::from_secs(1)).build();
        let parked = reasons.parks("task");
        let line = line!() + 1;
        let slow = sup.task("slow").attempt(async {
            parked.await;
            Ok::<_, Fault>(())
        });
        let (failure, report) = tokio::join!(slow, sup.shutdown());
        let failure = failure.unwrap_err();
        was_cancelled(&failure, CancelReason::Shutdown);
        assert_eq!((failure.task().name(), failure.task().location().line()), ("slow", line));
        assert_eq!(reasons.seen(), [("task", Some(CancelReason::Shutdown))]);
        assert_eq!(report.cancelled, 1);
    });
}

#[test]
fn each_reason_has_a_text_of_its_own() {
    let all = [
        CancelReason::Failed,
        CancelReason::Elapsed,
        CancelReason::Token,
        CancelReason::Shutdown,
        CancelReason::Dropped,
        CancelReason::Finished,
        CancelReason::ByHand,
    ];
    let mut texts: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert!(texts.iter().all(|text| !text.is_empty()), "{texts:?}");
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all.len(), "{texts:?}");
    for bound in [Interrupted::Elapsed, Interrupted::Cancelled] {
        assert_eq!(bound.to_string(), bound.reason().to_string(), "one wording for both");
    }
}
