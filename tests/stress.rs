//! Many at once: deep chains, wide scopes, and random trees. Costs are told by counts, not by time.

mod trees;

use std::future::pending;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Interrupted, Plain, Spawner, Supervisor, checkpoint, root, scope};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{Probes, both, multi, poll_once, single, until};

const DEPTHS: [usize; 2] = [2_000, 10_000];

type Level = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A chain of scopes, each opened in a child of the one above.
#[derive(Clone, Default)]
struct Chain {
    probes: Probes,
    /// Polls of all the scope futures together.
    polls: Arc<AtomicUsize>,
    /// Levels whose body has run.
    open: Arc<AtomicUsize>,
    /// Ends the lowest level.
    bottom: Arc<Notify>,
    /// Of the lowest level: it refers to every owner above.
    lowest: Arc<std::sync::Mutex<Option<Spawner>>>,
}

impl Chain {
    fn level(self, below: usize) -> Level {
        let probe = self.probes.probe();
        Box::pin(async move {
            let _probe = probe;
            let polls = Arc::clone(&self.polls);
            let mut scope = Box::pin(scope!(|s| {
                self.open.fetch_add(1, Ordering::SeqCst);
                if below == 0 {
                    *self.lowest.lock().expect("no thread panics") = Some(Spawner::current());
                    self.bottom.notified().await;
                } else {
                    s.spawn(self.clone().level(below - 1)).await;
                }
            }));
            std::future::poll_fn(|cx| {
                polls.fetch_add(1, Ordering::SeqCst);
                scope.as_mut().poll(cx)
            })
            .await;
        })
    }

    fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }

    async fn opens(&self, depth: usize) {
        until(|| self.open.load(Ordering::SeqCst) == depth).await;
    }

    /// Every task of the chain is gone, and no scope was polled more often than it had to be.
    #[track_caller]
    fn has_ended(&self, depth: usize, polls: RangeInclusive<usize>) {
        self.probes.all_dropped(depth);
        assert!(polls.contains(&self.polls()), "{} polls of {depth} scopes", self.polls());
        // The last reference to the whole chain of owners: it, too, needs no stack.
        drop(self.lowest.lock().expect("no thread panics").take().expect("it was left"));
    }
}

#[test]
fn a_deep_chain_that_is_cancelled_at_the_top_is_gone_when_that_ends() {
    both(async || {
        for depth in DEPTHS {
            let (chain, token) = (Chain::default(), CancellationToken::new());
            let top = scope!(|s| s.spawn(chain.clone().level(depth - 1)).await);
            let cancels = async {
                chain.opens(depth).await;
                token.cancel();
            };
            let (ended, ()) = tokio::join!(top.cancelled_by(token.clone()), cancels);
            assert_eq!(ended, Err(Interrupted::Cancelled));
            // One poll each, to open: what is cancelled is dropped and not polled again.
            chain.has_ended(depth, depth..=depth);
        }
    });
}

#[test]
fn a_deep_chain_that_is_dropped_at_the_top_is_gone_when_the_root_is_drained() {
    both(async || {
        for depth in DEPTHS {
            let chain = Chain::default();
            let mut top = Box::pin(scope!(|s| s.spawn(chain.clone().level(depth - 1)).await));
            assert!(poll_once(&mut top).await.is_pending());
            chain.opens(depth).await;
            drop(top);
            root().drained().await;
            chain.has_ended(depth, depth..=depth);
        }
    });
}

#[test]
fn a_deep_chain_that_ends_at_the_bottom_ends_level_by_level() {
    both(async || {
        for depth in DEPTHS {
            let chain = Chain::default();
            let bottom = async {
                chain.opens(depth).await;
                chain.bottom.notify_one();
            };
            tokio::join!(scope!(|s| s.spawn(chain.clone().level(depth - 1)).await), bottom);
            // One poll each to open, and one to end; fewer where a child outran the first.
            chain.has_ended(depth, depth..=2 * depth);
        }
    });
}

#[test]
fn a_deep_chain_below_a_supervisor_is_gone_when_its_ladder_is() {
    both(async || {
        for depth in DEPTHS {
            let chain = Chain::default();
            let sup = Supervisor::builder("deep").grace(Duration::ZERO).build();
            sup.launch(chain.clone().level(depth - 1));
            chain.opens(depth).await;
            let report = sup.shutdown().await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(report.cancelled, 1);
            chain.has_ended(depth, depth..=depth);
        }
    });
}

#[test]
fn a_deep_chain_goes_with_its_runtime() {
    for depth in DEPTHS {
        let chain = Chain::default();
        let kept = chain.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime can be built");
        runtime.block_on(async move {
            Spawner::current().launch(chain.clone().level(depth - 1)).expect("the root never ends");
            chain.opens(depth).await;
        });
        drop(runtime);
        kept.has_ended(depth, depth..=depth);
    }
}

/// M7: ten thousand children that end in one moment wake the scope once, not each.
#[test]
fn a_wide_scope_is_not_woken_by_each_of_its_children() {
    both(async || {
        const WIDE: usize = 10_000;
        let (ended, open) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
        let mut polls = 0;
        let count = Arc::clone(&ended);
        let mut wide = Box::pin(scope!(|s| {
            for _ in 0..WIDE {
                let (ended, open) = (Arc::clone(&count), open.clone());
                s.launch(async move {
                    open.cancelled().await;
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
            checkpoint().await;
            open.cancel();
        }));
        std::future::poll_fn(|cx| {
            polls += 1;
            wide.as_mut().poll(cx)
        })
        .await;
        assert_eq!(ended.load(Ordering::SeqCst), WIDE);
        assert!(polls <= 4, "opened, resumed, and woken for the end: not {polls} times");
    });
}

#[test]
fn spawners_race_with_the_end_of_their_scope_and_nothing_is_lost() {
    multi(async || {
        for n in 0..200 {
            let probes = Probes::new();
            let (accepted, ran) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let starter = |spawner: Spawner<Plain>| {
                let (probes, accepted, ran) =
                    (probes.clone(), Arc::clone(&accepted), Arc::clone(&ran));
                std::thread::spawn(move || {
                    // Bounded, for who always has one more task holds the scope open.
                    for _ in 0..n % 50 {
                        let (probe, ran) = (probes.probe(), Arc::clone(&ran));
                        let task = async move {
                            let _probe = probe;
                            ran.fetch_add(1, Ordering::SeqCst);
                        };
                        if spawner.launch(task).is_err() {
                            break;
                        }
                        accepted.fetch_add(1, Ordering::SeqCst);
                    }
                })
            };
            let starter = scope!(|s| {
                let starter = starter(s.spawner());
                s.launch(async {
                    checkpoint().await;
                });
                checkpoint().await;
                starter
            })
            .await;
            let at_the_end = ran.load(Ordering::SeqCst);
            starter.join().expect("a refusal is no panic");
            assert_eq!(at_the_end, accepted.load(Ordering::SeqCst), "all of them, and no more");
            probes.all_dropped(probes.made());
        }
    });
}

/// Cancelling while tasks end by themselves: each ends in exactly one way.
#[test]
fn tasks_that_end_while_they_are_cancelled_are_counted_once() {
    multi(async || {
        for n in 0..100 {
            let (probes, go) = (Probes::new(), CancellationToken::new());
            let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
            for _ in 0..50 {
                let (probe, go) = (probes.probe(), go.clone());
                sup.launch(async move {
                    let _probe = probe;
                    go.cancelled().await;
                });
            }
            (0..n % 5).for_each(|_| std::thread::yield_now());
            go.cancel();
            let report = sup.shutdown().await;
            assert_eq!(report.finished + report.cancelled, 50, "{report}");
            probes.all_dropped(50);
        }
    });
}

#[test]
fn a_thousand_supervisors_below_one_another_hear_one_request() {
    single(async || {
        let top = Supervisor::builder("top").build();
        let spawner = top.spawner();
        let heard = Arc::new(AtomicUsize::new(0));
        let bottom = Arc::new(Notify::new());
        top.launch(nested(1000, Arc::clone(&heard), Arc::clone(&bottom)));
        bottom.notified().await;
        spawner.shutdown();
        let report = top.run_until(pending::<()>()).await;
        assert_eq!((report.finished, report.cancelled), (1, 0));
        assert_eq!(heard.load(Ordering::SeqCst), 1000);
    });
}

fn nested(below: usize, heard: Arc<AtomicUsize>, bottom: Arc<Notify>) -> Level {
    Box::pin(async move {
        if below == 0 {
            bottom.notify_one();
            return;
        }
        let sup = Supervisor::builder("nested").build();
        sup.launch(nested(below - 1, Arc::clone(&heard), bottom));
        let report = sup.run_until(pending::<()>()).await;
        assert!(report.is_clean() && report.cancelled == 0, "{report}");
        heard.fetch_add(1, Ordering::SeqCst);
    })
}
