//! Causes that are no failure and no bound: a drop, a hand, the end of what needed it; and none.

use foster::{CancelReason, Interrupted, Supervisor, cancel_reason, scope};
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use super::{PLACES, Reasons, filled};
use crate::support::{both, forget, on_thread, poll_once, unowned};

#[test]
fn what_is_dropped_before_its_end_tells_of_the_drop() {
    both(async || {
        let reasons = Reasons::new();
        let mut scope = Box::pin(filled(reasons.clone()));
        let lost = async {
            tokio::select! {
                biased;
                () = &mut scope => unreachable!("it never ends by itself"),
                () = reasons.all_run() => {}
            }
            drop(scope);
        };
        lost.await;
        foster::root().drained().await;
        reasons.are(CancelReason::Dropped, Some(CancelReason::Dropped));

        let reasons = Reasons::new();
        let sup = Supervisor::builder("shop").build();
        sup.launch(filled(reasons.clone()));
        reasons.all_run().await;
        drop(sup);
        foster::root().drained().await;
        reasons.are(CancelReason::Dropped, Some(CancelReason::Dropped));
    });
}

#[test]
fn what_is_forgotten_counts_as_dropped() {
    both(async || {
        let reasons = Reasons::new();
        scope!(|_outer| {
            let mut inner = Box::pin(filled(reasons.clone()));
            assert!(poll_once(&mut inner).await.is_pending());
            reasons.run(PLACES.len() - 1).await; // nobody polls what runs interleaved
            forget(inner);
        })
        .await;
        let told: Vec<_> = reasons.seen().into_iter().map(|(_, reason)| reason).collect();
        assert_eq!(told, [Some(CancelReason::Dropped); 5], "those on tasks of their own");
    });
}

#[test]
fn a_child_that_is_cancelled_by_its_handle_is_told_of_the_hand() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        scope!(|s| {
            let child = s.spawn(filled(inner.clone()));
            inner.all_run().await;
            assert_eq!(child.cancel().await, None);
        })
        .await;
        reasons.are(CancelReason::ByHand, Some(CancelReason::ByHand));
    });
}

#[test]
fn children_that_are_cancelled_all_at_once_are_told_of_the_hand() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            inner.all_run().await;
            s.cancel_children().await;
            assert_eq!(cancel_reason(), None, "the body goes on");
        })
        .await;
        reasons.are(CancelReason::ByHand, None);
    });
}

#[test]
fn an_interleaved_child_that_never_ran_is_told_of_the_hand() {
    both(async || {
        let reasons = Reasons::new();
        scope!(|s| {
            s.interleave(reasons.parks("interleaved"));
            s.cancel_children().await;
        })
        .await;
        assert_eq!(reasons.seen(), [("interleaved", Some(CancelReason::ByHand))]);
    });
}

#[test]
fn helpers_are_told_that_they_are_needed_no_longer_and_the_others_nothing() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        scope!(|s| {
            let _body = inner.at("body");
            let [child, interleaved, spawned] =
                ["child", "interleaved", "spawned"].map(|place| inner.at(place));
            s.launch(async move { drop(child) });
            s.interleave(async move { drop(interleaved) });
            s.background(filled(inner.clone()));
            assert!(s.spawn(async { true }).await);
            drop(spawned);
            inner.all_run().await;
        })
        .await;
        let told = |reason| {
            let seen = reasons.seen().into_iter();
            seen.filter(|&(_, told)| told == reason).map(|(place, _)| place).collect::<Vec<_>>()
        };
        assert_eq!(told(None), ["body", "child", "interleaved", "spawned"]);
        let mut helpers = PLACES.to_vec();
        helpers.insert(0, "body");
        assert_eq!(told(Some(CancelReason::Finished)), helpers, "of the helper's own scope");
        assert_eq!(reasons.seen().len(), 4 + helpers.len());
    });
}

#[test]
fn the_end_of_the_runtime_is_told_as_a_hand() {
    let reasons = Reasons::new();
    let runtime = Builder::new_current_thread().build().expect("a runtime can be built");
    let sup = runtime.block_on(async {
        let sup = Supervisor::builder("shop").build();
        sup.launch(filled(reasons.clone()));
        reasons.all_run().await;
        sup
    });
    drop(runtime);
    reasons.are(CancelReason::ByHand, Some(CancelReason::ByHand));
    assert_eq!(sup.live(), 0);
}

/// Neither in a plain task in a body, nor on a plain thread, nor in a runtime without foster.
#[test]
fn outside_of_foster_there_is_no_reason() {
    both(async || {
        assert_eq!(cancel_reason(), None);
        let reasons = Reasons::new();
        let (inner, token) = (reasons.clone(), CancellationToken::new());
        token.cancel();
        let never = scope!(|_s| unreachable!("nothing runs")).cancelled_by(token);
        assert_eq!(never.await, Err(Interrupted::Cancelled));
        scope!(|s| {
            let foreign = unowned(inner.parks("a foreign task"));
            inner.run(1).await;
            s.launch(async move {
                foreign.abort();
                foreign.await.expect_err("it was aborted");
            });
        })
        .await;
        let elsewhere = reasons.clone();
        let thread = on_thread(move || elsewhere.note("a thread"));
        thread.join().expect("it does not panic");
        assert_eq!(reasons.seen(), [("a foreign task", None), ("a thread", None)]);
    });
}
