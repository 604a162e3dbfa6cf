//! What happens as one, and what does not (E34): one shield, or two in a row.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{checkpoint, scope, shield};
use tokio::time::{sleep, timeout};

use crate::support::{Probes, multi, single};

/// Writes one thing in three steps.
async fn write(written: Arc<AtomicUsize>) {
    checkpoint().await;
    written.fetch_add(1, Ordering::SeqCst);
    checkpoint().await;
}

/// Two writes, which belong together.
async fn both_in_one(written: Arc<AtomicUsize>) {
    shield!({
        write(Arc::clone(&written)).await;
        write(written).await;
    })
    .await;
}

/// Two writes, each for itself.
async fn one_after_the_other(written: Arc<AtomicUsize>) {
    let first = Arc::clone(&written);
    shield!(write(first).await).await;
    shield!(write(written).await).await;
}

/// How many writes were done when the child that writes is cancelled after so many steps.
async fn written_when_cancelled<F>(
    steps: usize,
    writes: impl FnOnce(Arc<AtomicUsize>) -> F,
) -> usize
where
    F: Future<Output = ()> + Send + 'static,
{
    let written = Arc::new(AtomicUsize::new(0));
    let work = writes(Arc::clone(&written));
    scope!(|s| {
        let writing = s.spawn(work);
        for _ in 0..steps {
            checkpoint().await;
        }
        writing.cancel().await;
    })
    .await;
    written.load(Ordering::SeqCst)
}

/// More than both writes take.
const STEPS: usize = 30;

#[test]
fn two_writes_in_one_shield_are_both_done_or_neither() {
    single(async || {
        let mut seen = [0; 3];
        for steps in 0..STEPS {
            seen[written_when_cancelled(steps, both_in_one).await] += 1;
        }
        assert_eq!(seen[1], 0, "{seen:?}");
        assert!(seen[0] > 0 && seen[2] > 0, "the cancellation came at each moment: {seen:?}");
    });
    multi(async || {
        for steps in 0..20 * STEPS {
            assert_ne!(written_when_cancelled(steps % STEPS, both_in_one).await, 1);
        }
    });
}

/// Documented: a cancellation falls between them.
#[test]
fn of_two_shields_in_a_row_one_may_be_done_alone() {
    single(async || {
        let mut seen = [0; 3];
        for steps in 0..STEPS {
            seen[written_when_cancelled(steps, one_after_the_other).await] += 1;
        }
        assert!(seen.iter().all(|&times| times > 0), "{seen:?}");
    });
}

#[test]
fn two_writes_in_one_shield_survive_a_select_and_a_timeout_at_every_moment() {
    single(async || {
        for millis in 0..6 {
            let written = Arc::new(AtomicUsize::new(0));
            let slowly = |written: Arc<AtomicUsize>| {
                shield!(for _ in 0..2 {
                    sleep(Duration::from_millis(2)).await;
                    written.fetch_add(1, Ordering::SeqCst);
                })
            };
            let [first, second] = [(); 2].map(|()| slowly(Arc::clone(&written)));
            let moment = Duration::from_millis(millis);
            scope!(|_s| {
                timeout(moment, first).await.unwrap_or_default();
                tokio::select! {
                    biased;
                    () = second => {}
                    () = sleep(moment) => {}
                }
            })
            .await;
            assert_eq!(written.load(Ordering::SeqCst), 4, "after {millis} ms");
        }
    });
}

/// An awaiter that is cancelled before its first poll has started nothing.
#[test]
fn what_is_cancelled_before_it_ran_has_not_started_its_shield() {
    single(async || {
        let probes = Probes::new();
        let probe = probes.probe();
        let written = Arc::new(AtomicUsize::new(0));
        let work = both_in_one(Arc::clone(&written));
        scope!(|s| {
            let writing = s.spawn(async move {
                let _probe = probe;
                work.await;
            });
            assert!(writing.cancel().await.is_none());
            assert_eq!(s.live(), 0);
        })
        .await;
        assert_eq!(written.load(Ordering::SeqCst), 0);
        probes.all_dropped(1);
    });
}
