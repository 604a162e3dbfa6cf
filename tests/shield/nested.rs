//! Shields in shields, and the scopes in them: what is below a shield is protected by it.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{checkpoint, scope, shield};
use tokio::sync::oneshot;

use crate::support::{Probes, both, until};

#[test]
fn nested_shields_and_the_scopes_in_them_survive() {
    both(async || {
        let (inside, outside) = (Probes::new(), Probes::new());
        let [first, second, third, fourth] = [(); 4].map(|()| inside.probe());
        let (started, starts) = oneshot::channel();
        let (go, goes) = oneshot::channel::<()>();
        let plain = outside.probe();
        let awaiter = async move {
            let _plain = plain;
            shield!({
                let _first = first;
                scope!(|s| {
                    s.launch(async move {
                        let _second = second;
                        shield!({
                            let _third = third;
                            started.send(()).expect("the test waits");
                            goes.await.expect("the test lets it go on");
                        })
                        .await;
                        checkpoint().await;
                    });
                    s.spawn(async move {
                        let _fourth = fourth;
                        checkpoint().await;
                    })
                    .await;
                })
                .await;
                checkpoint().await;
            })
            .await;
            unreachable!("who awaits is cancelled");
        };
        scope!(|s| {
            let awaiting = s.spawn(awaiter);
            starts.await.expect("the innermost says that it runs");
            assert!(awaiting.cancel().await.is_none());
            assert_eq!(outside.dropped(), 1, "only who awaits is cancelled");
            assert!(inside.dropped() <= 1, "of the inner ones, one can have ended");
            go.send(()).expect("the innermost is alive");
        })
        .await;
        inside.all_dropped(4);
    });
}

/// Five levels, each in the one before, every other one shielded: what is under a shield stays.
#[test]
fn every_level_under_a_shield_is_protected() {
    both(async || {
        let (ended, cut) = (Probes::new(), Probes::new());
        let (started, starts) = oneshot::channel();
        let (go, goes) = oneshot::channel::<()>();
        let finished = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&finished);
        let [child_1, child_3, child_4] = [(); 3].map(|()| (ended.probe(), cut.probe()));
        let cut_off = cut.probe();
        let tree = scope!(|level_0| {
            level_0.launch(async move {
                let _cut_off = cut_off;
                pending::<()>().await;
            });
            shield!(
                scope!(|level_1| {
                    let counted = Arc::clone(&count);
                    level_1.launch(async move {
                        let (_ended, _cut) = child_1;
                        goes.await.expect("the test lets it go on");
                        counted.fetch_add(1, Ordering::SeqCst);
                    });
                    scope!(|level_2| {
                        let counted = Arc::clone(&count);
                        level_2.launch(async move {
                            let (_ended, _cut) = child_3;
                            shield!(checkpoint().await).await;
                            counted.fetch_add(1, Ordering::SeqCst);
                        });
                        shield!(
                            scope!(|level_3| {
                                level_3.launch(async move {
                                    let (_ended, _cut) = child_4;
                                    started.send(()).expect("the test waits");
                                    checkpoint().await;
                                    count.fetch_add(1, Ordering::SeqCst);
                                });
                            })
                            .await
                        )
                        .await;
                    })
                    .await;
                })
                .await
            )
            .await;
        });
        scope!(|s| {
            let tree = s.spawn(tree);
            starts.await.expect("the innermost says that it runs");
            assert_eq!(tree.cancel().await, None);
            until(|| cut.dropped() > 0).await;
            go.send(()).expect("level 1 is alive");
        })
        .await;
        assert_eq!(finished.load(Ordering::SeqCst), 3);
        ended.all_dropped(3);
        cut.all_dropped(4);
    });
}
