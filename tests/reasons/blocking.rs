//! Children that block: they cannot be cancelled, only asked to end.

use std::time::Duration;

use foster::{CancelReason, Effect, Policy, Scope, Supervisor, is_cancelled, scope, try_scope};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use super::Reasons;
use crate::support::{
    Fault, Gate, OnDrop, block_until, both, in_time, on_thread, panic_of, poll_once, run, single,
};

impl Reasons {
    /// Blocks until it is asked to end, and notes why. (Not a method of the scope: for a policy's
    /// blocking children each has another type.)
    fn blocks(&self, place: &'static str) -> (impl FnOnce() + Send + use<>, oneshot::Receiver<()>) {
        let (send, running) = oneshot::channel();
        let reasons = self.clone();
        let block = move || {
            assert!(!is_cancelled(), "so far all is well");
            send.send(()).expect("somebody waits for it to run");
            block_until(is_cancelled);
            reasons.note(place);
        };
        (block, running)
    }

    #[track_caller]
    fn is(&self, reason: CancelReason) {
        assert_eq!(self.seen(), [("blocking", Some(reason))]);
    }
}

#[test]
fn a_blocking_child_hears_of_a_siblings_failure() {
    both(async || {
        let reasons = Reasons::new();
        let (block, running) = reasons.blocks("blocking");
        let result: Result<(), Fault> = try_scope!(|s| {
            let block = s.spawn_blocking(move || {
                block();
                Ok::<_, Fault>(())
            });
            s.launch(async {
                running.await.expect("it says that it runs");
                Err(Fault("a sibling's"))
            });
            block.await;
            Ok(())
        })
        .await;
        assert_eq!(result, Err(Fault("a sibling's")));
        reasons.is(CancelReason::Failed);

        let reasons = Reasons::new();
        let (block, running) = reasons.blocks("blocking");
        let scope = scope!(|s| {
            let block = s.spawn_blocking(block);
            s.launch(async {
                running.await.expect("it says that it runs");
                panic!("the sibling gives up")
            });
            block.await;
        });
        panic_of(scope).await;
        reasons.is(CancelReason::Failed);
    });
}

/// A paused clock stands still while a thread blocks, so the test moves it.
#[test]
fn a_blocking_child_hears_that_the_time_is_over() {
    single(async || {
        let reasons = Reasons::new();
        let (block, running) = reasons.blocks("blocking");
        let moves = async {
            running.await.expect("it says that it runs");
            advance(Duration::from_secs(2)).await;
        };
        let scope = scope!(|s| s.spawn_blocking(block).await).within(Duration::from_secs(1));
        let (result, ()) = tokio::join!(scope, moves);
        result.expect_err("it was cancelled, though the child ended then");
        reasons.is(CancelReason::Elapsed);
    });
}

#[test]
fn a_blocking_child_hears_of_the_token() {
    both(async || {
        let (reasons, token) = (Reasons::new(), CancellationToken::new());
        let (block, running) = reasons.blocks("blocking");
        let cancel = async {
            running.await.expect("it says that it runs");
            token.cancel();
        };
        let scope = scope!(|s| s.spawn_blocking(block).await).cancelled_by(token.clone());
        let (result, ()) = tokio::join!(scope, cancel);
        result.expect_err("it was cancelled, though the child ended then");
        reasons.is(CancelReason::Token);
    });
}

/// Starts a blocking child in a scope, and waits until it runs.
async fn running<P: Policy + 'static>(reasons: &Reasons, s: &Scope<'_, P>)
where
    (): Effect<P> + foster::Outcome<P>,
{
    let (block, running) = reasons.blocks("blocking");
    drop(s.spawn_blocking(block));
    running.await.expect("it says that it runs");
}

#[test]
fn a_blocking_child_hears_of_a_shutdown() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        let (send, started) = oneshot::channel();
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        sup.launch(async move {
            scope!(|s| {
                running(&inner, s).await;
                send.send(()).expect("the test waits");
            })
            .await;
        });
        started.await.expect("it says that it runs");
        assert!(sup.shutdown().await.is_clean(), "it ends when it is asked to");
        reasons.is(CancelReason::Shutdown);
    });
}

#[test]
fn a_blocking_child_hears_that_its_scope_was_dropped() {
    both(async || {
        let reasons = Reasons::new();
        scope!(|_outer| {
            let (send, started) = oneshot::channel();
            let mut inner = Box::pin(scope!(|s| {
                running(&reasons, s).await;
                send.send(()).expect("the body waits");
            }));
            tokio::select! {
                biased;
                () = &mut inner => unreachable!("its child blocks"),
                started = started => started.expect("it says that it runs"),
            }
            drop(inner);
        })
        .await;
        reasons.is(CancelReason::Dropped);
    });
}

#[test]
fn a_blocking_child_hears_of_cancel_children_and_the_next_one_does_not() {
    both(async || {
        let reasons = Reasons::new();
        scope!(|s| {
            running(&reasons, s).await;
            s.cancel_children().await;
            assert!(!is_cancelled(), "the body goes on");
            assert!(!s.spawn_blocking(is_cancelled).await, "and so does what is started now");
        })
        .await;
        reasons.is(CancelReason::ByHand);
    });
}

#[test]
fn a_blocking_child_in_a_helpers_scope_hears_that_it_is_needed_no_longer() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        scope!(|s| {
            let (send, started) = oneshot::channel();
            s.background(async move {
                scope!(|s| {
                    running(&inner, s).await;
                    send.send(()).expect("the body waits");
                })
                .await;
            });
            started.await.expect("it says that it runs");
        })
        .await;
        reasons.is(CancelReason::Finished);
    });
}

#[test]
fn a_blocking_child_whose_parent_task_is_cancelled_by_its_handle_hears_of_the_hand() {
    both(async || {
        let reasons = Reasons::new();
        let inner = reasons.clone();
        scope!(|s| {
            let (send, started) = oneshot::channel();
            let parent = s.spawn(async move {
                scope!(|s| {
                    running(&inner, s).await;
                    send.send(()).expect("the body waits");
                })
                .await;
            });
            started.await.expect("it says that it runs");
            assert_eq!(parent.cancel().await, None);
        })
        .await;
        reasons.is(CancelReason::ByHand);
    });
}

#[test]
fn a_blocking_child_that_ends_by_itself_is_never_cancelled() {
    both(async || {
        let told = scope!(|s| s.spawn_blocking(|| (is_cancelled(), foster::cancel_reason())).await);
        assert_eq!(told.await, (false, None));
        let plain = tokio::task::spawn_blocking(is_cancelled);
        assert!(!plain.await.expect("it does not panic"), "tokio's own is not foster's");
        assert!(!on_thread(is_cancelled).join().expect("it does not panic"));
    });
}

/// What it captured is dropped unrun, before it has a thread, and told why.
#[test]
fn a_blocking_child_that_never_ran_is_told_why_where_it_is_dropped() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        builder.worker_threads(2).max_blocking_threads(1);
        run("one blocking thread", builder, async || {
            let (reasons, gate, token) = (Reasons::new(), Gate::new(), CancellationToken::new());
            let (send, running) = oneshot::channel();
            let blocks = gate.clone();
            let first = tokio::task::spawn_blocking(move || {
                send.send(()).expect("the test waits");
                blocks.pass();
            });
            running.await.expect("the only thread is taken");
            let _opened = OnDrop::new(|| gate.open());
            let captured = reasons.at("of a scope");
            let scope = scope!(|s| {
                s.spawn_blocking(move || drop(captured)).await;
            });
            let mut scope = Box::pin(scope.cancelled_by(token.clone()));
            assert!(poll_once(&mut scope).await.is_pending());
            token.cancel();
            in_time(scope).await.expect_err("it was cancelled");

            let captured = reasons.at("of children");
            in_time(scope!(|s| {
                assert!(!s.spawn_blocking(move || drop(captured)).is_finished());
                s.cancel_children().await;
            }))
            .await;

            let captured = reasons.at("of a handle");
            let cancel = scope!(|s| s.spawn_blocking(move || drop(captured)).cancel().await);
            assert_eq!(in_time(cancel).await, None);

            let captured = reasons.at("of a ladder");
            let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
            let queued = sup.spawn_blocking(move || {
                drop(captured);
                Ok::<_, Fault>(())
            });
            assert!(in_time(sup.shutdown()).await.is_clean());
            assert!(queued.await.is_err_and(|failure| failure.is_cancelled()));
            let told = [
                ("of a handle", Some(CancelReason::ByHand)),
                ("of a ladder", Some(CancelReason::Shutdown)),
                ("of a scope", Some(CancelReason::Token)),
                ("of children", Some(CancelReason::ByHand)),
            ];
            assert_eq!(reasons.seen(), told);
            gate.open();
            first.await.expect("it does not panic");
        });
    }
}
