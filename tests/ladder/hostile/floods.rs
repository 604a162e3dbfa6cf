//! Tasks that start tasks for ever.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Spawner, Supervisor, checkpoint};
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::{patient, shut_down};
use crate::ladder::SECOND;
use crate::support::{multi, poll_once, single, until};

/// Each tenth of a second one more, which would go on for an hour.
#[test]
fn one_that_yields_is_stopped_by_the_cancel_rung_with_all_that_it_started() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).build();
        let spawner = sup.spawner();
        sup.launch(async move {
            loop {
                spawner.launch(sleep(3600 * SECOND)).expect("until the grace is over");
                sleep(SECOND / 10).await;
            }
        });
        let report = sup.shutdown().await;
        assert_eq!((report.elapsed, report.finished), (5 * SECOND, 0));
        assert!((51..53).contains(&report.cancelled), "{report}");
        assert!(report.is_clean(), "{report}");
    });
}

/// Each of which starts the next and ends.
#[test]
fn a_chain_of_tasks_is_cut_by_the_cancel_rung() {
    fn link(spawner: Spawner, count: Arc<AtomicUsize>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            count.fetch_add(1, Ordering::SeqCst);
            sleep(SECOND / 10).await;
            spawner.launch(link(spawner.clone(), count)).unwrap_or_default();
        })
    }
    single(async || {
        let sup = Supervisor::builder("shop").grace(5 * SECOND).build();
        let count = Arc::new(AtomicUsize::new(0));
        sup.launch(link(sup.spawner(), Arc::clone(&count)));
        let report = sup.shutdown().await;
        assert_eq!(report.elapsed, 5 * SECOND);
        assert_eq!(report.finished + report.cancelled, count.load(Ordering::SeqCst));
        assert!(report.is_clean() && report.cancelled == 1, "{report}");
    });
}

/// It never comes to an await, but it looks at what it is told.
#[test]
fn one_that_does_not_yield_is_told_that_the_owner_starts_no_more() {
    multi(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let spawner = sup.spawner();
        let (send, running) = tokio::sync::oneshot::channel();
        let started = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&started);
        sup.launch(async move {
            send.send(()).expect("the test waits");
            while spawner.launch(checkpoint()).is_ok() {
                // As many at a time as memory has room for.
                count.fetch_add(1, Ordering::SeqCst);
                while spawner.live() > 100_000 {
                    std::hint::spin_loop();
                }
            }
        });
        running.await.expect("it says that it runs");
        let report = sup.shutdown().await;
        let all = started.load(Ordering::SeqCst) + 1;
        assert_eq!(report.finished + report.cancelled, all, "{report}");
        assert!(report.is_clean(), "{report}");
    });
}

/// It neither awaits nor looks. The task that it started last waits for its worker, where tokio lets
/// no other take it, so that one cannot end either.
#[test]
fn one_that_heeds_nothing_is_abandoned_by_name_and_so_is_what_waits_for_its_worker() {
    multi(async || {
        let sup = patient("shop").build();
        let spawner = sup.spawner();
        let (send, running) = tokio::sync::oneshot::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let line = line!() + 1;
        sup.task("flood").launch(async move {
            send.send(()).expect("the test waits");
            while !is_stopped.load(Ordering::SeqCst) {
                spawner.task("drop").launch(pending::<()>()).unwrap_or_default();
                while spawner.live() > 10_000 && !is_stopped.load(Ordering::SeqCst) {
                    std::hint::spin_loop();
                }
            }
        });
        running.await.expect("it says that it runs");
        let report = shut_down(sup, 2).await;
        let (mut flood, mut others) = (Vec::new(), Vec::new());
        for task in &report.abandoned {
            if task.name() == "flood" { &mut flood } else { &mut others }.push(task);
        }
        assert_eq!((flood.len(), flood[0].location().line()), (1, line), "{report}");
        assert!(others.len() <= 1 && others.iter().all(|task| task.name() == "drop"), "{report}");
        assert_eq!(report.forced, []);
        stop.store(true, Ordering::SeqCst);
        foster::root().drained().await;
    });
}

/// Shields are never refused: only the last rung ends a chain of them.
#[test]
fn a_chain_of_shields_is_cut_by_the_last_rung() {
    fn link(spawner: Spawner, count: Arc<AtomicUsize>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            count.fetch_add(1, Ordering::SeqCst);
            checkpoint().await;
            let mut next = spawner.shield(link(spawner.clone(), count)).named("link");
            let _started = poll_once(&mut next).await;
        })
    }
    multi(async || {
        let sup = patient("shop").build();
        let spawner = sup.spawner();
        let count = Arc::new(AtomicUsize::new(0));
        sup.launch(link(sup.spawner(), Arc::clone(&count)));
        // Its first link is a plain task.
        until(|| count.load(Ordering::SeqCst) > 10).await;
        let hurries = async {
            until(|| spawner.launch(async {}).is_err()).await;
            let so_far = count.load(Ordering::SeqCst);
            until(|| count.load(Ordering::SeqCst) > so_far + 100).await;
            spawner.shutdown();
        };
        let (report, ()) = tokio::join!(sup.shutdown(), hurries);
        assert_eq!(report.abandoned, [], "{report}");
        assert_eq!(report.forced.len(), 1, "one at a time is alive: {report}");
        assert_eq!(report.forced[0].name(), "link");
    });
}

/// A shield that starts shields and never ends.
#[test]
fn a_flood_of_shields_is_forced_as_a_whole() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build();
        let spawner = sup.spawner();
        let flood = async move {
            loop {
                let mut entry = spawner.shield(pending::<()>()).named("entry");
                assert!(poll_once(&mut entry).await.is_pending());
                drop(entry);
                sleep(SECOND / 10).await;
            }
        };
        let mut flood = sup.shield(flood).named("flood");
        assert!(poll_once::<()>(&mut flood).await.is_pending());
        let report = sup.shutdown().await;
        assert_eq!(report.elapsed, SECOND * 19 / 10);
        let of = |name| report.forced.iter().filter(|task| task.name() == name).count();
        assert_eq!((of("flood"), of("entry")), (1, report.forced.len() - 1));
        assert!((19..=20).contains(&of("entry")), "{report}");
        assert_eq!(report.abandoned, [], "{report}");
    });
}
