//! Depth: chains of scopes are walked in loops, so none needs a deep stack.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::{Interrupted, scope};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::support::{Probes, Sequence, both, multi, poll_once, single, until};

/// A chain of tasks, each with a scope around the next.
fn chain(depth: usize, probes: Probes, parked: Arc<AtomicBool>) -> BoxFuture<'static, usize> {
    Box::pin(async move {
        let _probe = probes.probe();
        if depth == 0 {
            parked.store(true, Ordering::SeqCst);
            return pending().await;
        }
        let below = scope!(|s| {
            let next = s.spawn(chain(depth - 1, probes.clone(), parked));
            next.await
        });
        below.await + 1
    })
}

const DEEP: usize = 5_000;

#[test]
fn cancelling_a_deep_chain_of_scopes_needs_no_stack() {
    both(async || {
        let (probes, parked) = (Probes::new(), Arc::new(AtomicBool::new(false)));
        let token = CancellationToken::new();
        let ended = scope!(|s| {
            let chain = s.spawn(chain(DEEP, probes.clone(), Arc::clone(&parked)));
            until(|| parked.load(Ordering::SeqCst)).await;
            token.cancel();
            chain.await
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(Interrupted::Cancelled));
        probes.all_dropped(DEEP + 1);
    });
}

#[test]
fn dropping_a_deep_chain_of_scopes_needs_no_stack() {
    single(async || {
        let (probes, parked) = (Probes::new(), Arc::new(AtomicBool::new(false)));
        let mut top = chain(DEEP, probes.clone(), Arc::clone(&parked));
        assert!(poll_once(&mut top).await.is_pending());
        until(|| parked.load(Ordering::SeqCst)).await;
        drop(top);
        foster::root().drained().await;
        probes.all_dropped(DEEP + 1);
    });
}

#[test]
fn deep_nesting_within_one_task_ends_from_the_inside() {
    fn nest(depth: usize, probes: Probes, steps: Sequence) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            scope!(|s| {
                let probe = probes.probe();
                s.launch(async move {
                    let _probe = probe;
                    tokio::task::yield_now().await;
                });
                if depth > 0 {
                    nest(depth - 1, probes.clone(), steps.clone()).await;
                }
            })
            .await;
            steps.expect(depth + 1);
        })
    }
    multi(async || {
        let (probes, steps) = (Probes::slow(), Sequence::new());
        nest(50, probes.clone(), steps.clone()).await;
        steps.finish(52);
        probes.all_dropped(51);
    });
}
