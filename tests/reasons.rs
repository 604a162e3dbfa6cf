//! Why work is cancelled (R5): what `cancel_reason()` says in the destructors of all that a scope
//! runs, cause by cause; in the files below it what children that block, shields and failures know.

mod blocking;
mod ends;
mod first;
mod handed;
mod shields;

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foster::{
    CancelReason, Effect, Interrupted, Policy, Scope, Supervisor, cancel_reason, scope, try_scope,
};
use tokio_util::sync::CancellationToken;

use crate::support::{Fault, OnDrop, both, panic_of, until};

/// A place, and what was told there.
type Told = (&'static str, Option<CancelReason>);

/// What is told at each place.
#[derive(Clone, Debug, Default)]
struct Reasons {
    seen: Arc<Mutex<Vec<Told>>>,
    running: Arc<AtomicUsize>,
}

/// The places of [`Reasons::fill`], the scope's body excepted.
const PLACES: [&str; 6] =
    ["child", "helper", "helper's child", "interleaved", "nested body", "nested child"];

impl Reasons {
    fn new() -> Self {
        Self::default()
    }

    /// Notes what is told here and now.
    fn note(&self, place: &'static str) {
        let reason = cancel_reason();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((place, reason));
    }

    /// Notes what the destructor of the returned value is told.
    fn at(&self, place: &'static str) -> OnDrop<impl FnOnce() + Send + use<>> {
        let reasons = self.clone();
        OnDrop::new(move || reasons.note(place))
    }

    /// Runs until it is cancelled, and notes why.
    fn parks(&self, place: &'static str) -> impl Future<Output = ()> + Send + use<> {
        let (probe, running) = (self.at(place), Arc::clone(&self.running));
        async move {
            let _probe = probe;
            running.fetch_add(1, Ordering::SeqCst);
            pending::<()>().await;
        }
    }

    /// Starts one of each that a scope can run.
    fn fill<P: Policy + 'static>(&self, s: &Scope<'_, P>)
    where
        (): Effect<P>,
    {
        s.launch(self.parks("child"));
        s.interleave(self.parks("interleaved"));
        s.background(self.parks("helper"));
        // Made here: what never runs has destructors, too.
        let (child, body) = (self.parks("nested child"), self.parks("nested body"));
        s.launch(async {
            scope!(|n| {
                n.launch(child);
                body.await;
            })
            .await;
        });
        let child = self.parks("helper's child");
        s.background(async { scope!(|n| n.launch(child)).await });
    }

    /// Waits until so many run that were made by `parks`.
    async fn run(&self, count: usize) {
        until(|| self.running.load(Ordering::SeqCst) >= count).await;
    }

    /// Waits until all that `fill` started is suspended.
    async fn all_run(&self) {
        self.run(PLACES.len()).await;
    }

    /// What was told, by place.
    fn seen(&self) -> Vec<Told> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.sort_by_key(|(place, _)| *place);
        seen
    }

    /// Checks that everything which `fill` starts was told `reason`, and the body `of_body`.
    #[track_caller]
    fn are(&self, reason: CancelReason, of_body: Option<CancelReason>) {
        let mut expected = vec![("body", of_body)];
        expected.extend(PLACES.map(|place| (place, Some(reason))));
        assert_eq!(self.seen(), expected);
    }
}

#[test]
fn when_a_child_fails_all_others_are_told_so() {
    both(async || {
        for who in ["child", "helper", "interleaved"] {
            let (reasons, seen) = (Reasons::new(), Reasons::new());
            let inner = reasons.clone();
            let result: Result<(), Fault> = try_scope!(|s| {
                let _body = inner.at("body");
                inner.fill(s);
                let started = inner.clone();
                let own = seen.at(who);
                let fails = async move {
                    let _own = own;
                    started.all_run().await;
                    Err(Fault("the first"))
                };
                match who {
                    "child" => s.launch(fails),
                    "helper" => s.background(fails),
                    _ => s.interleave(fails),
                }
                pending::<()>().await;
                Ok(())
            })
            .await;
            assert_eq!(result, Err(Fault("the first")));
            reasons.are(CancelReason::Failed, Some(CancelReason::Failed));
            assert_eq!(seen.seen(), [(who, None)], "who fails is not cancelled itself");
        }
    });
}

#[test]
fn when_a_child_panics_all_others_are_told_of_a_failure() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let scope = scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            let started = inner.clone();
            s.launch(async move {
                started.all_run().await;
                panic!("the child gives up")
            });
            pending::<()>().await;
        });
        panic_of(scope).await;
        reasons.are(CancelReason::Failed, Some(CancelReason::Failed));
    });
}

#[test]
fn when_the_body_fails_or_panics_its_children_are_told_of_a_failure() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let result: Result<(), Fault> = try_scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            inner.all_run().await;
            Err(Fault("the body's"))
        })
        .await;
        assert_eq!(result, Err(Fault("the body's")));
        reasons.are(CancelReason::Failed, None);

        let reasons = Reasons::new();
        let inner = reasons.clone();
        let scope = scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            inner.all_run().await;
            panic!("the body gives up")
        });
        panic_of::<()>(scope).await;
        reasons.are(CancelReason::Failed, None);
    });
}

#[test]
fn when_the_time_is_over_all_are_told_so() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let bounded = scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            pending::<()>().await;
        })
        .within(Duration::from_millis(20));
        let bound = bounded.await.expect_err("it never ends by itself");
        reasons.are(CancelReason::Elapsed, Some(CancelReason::Elapsed));
        assert_eq!(bound, Interrupted::Elapsed);
        assert_eq!(bound.reason(), CancelReason::Elapsed);
    });
}

#[test]
fn when_the_token_is_cancelled_all_are_told_so() {
    both(async || {
        let reasons = Reasons::new();
        let (inner, token) = (reasons.clone(), CancellationToken::new());
        let bounded = scope!(|s| {
            let _body = inner.at("body");
            inner.fill(s);
            pending::<()>().await;
        })
        .cancelled_by(token.clone());
        let cancel = async {
            reasons.all_run().await;
            token.cancel();
        };
        let (bound, ()) = tokio::join!(bounded, cancel);
        let bound = bound.expect_err("it never ends by itself");
        reasons.are(CancelReason::Token, Some(CancelReason::Token));
        assert_eq!(bound, Interrupted::Cancelled);
        assert_eq!(bound.reason(), CancelReason::Token);
    });
}

/// A scope that runs all there is, and never ends by itself.
async fn filled(reasons: Reasons) {
    scope!(|s| {
        let _body = reasons.at("body");
        reasons.fill(s);
        pending::<()>().await;
    })
    .await;
}

#[test]
fn at_the_cancel_rung_the_whole_tree_is_told_of_the_shutdown() {
    both(async || {
        let reasons = Reasons::new();
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        sup.launch(filled(reasons.clone()));
        reasons.all_run().await;
        assert_eq!(sup.shutdown().await.cancelled, 1);
        reasons.are(CancelReason::Shutdown, Some(CancelReason::Shutdown));
    });
}
