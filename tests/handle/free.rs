//! Handles that no scope binds, of a supervisor's `attempt`: how to cancel their tasks, and what
//! they yield then.

use std::future::pending;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use foster::{BoxError, CancelReason, FailureKind, Handle, Spawner, Supervisor, cancel_reason};
use tokio::runtime;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::supervisor::Failures;
use crate::support::{Fault, OnDrop, Probes, both, on_thread, poll_once, single, unowned, until};

type Forever = Result<u32, Fault>;

#[test]
fn dropping_a_handle_that_cancels_on_drop_cancels_its_task() {
    both(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").build();
        let (probe, (told, tells)) = (probes.probe(), mpsc::channel());
        let (starts, runs) = oneshot::channel();
        let search = sup.attempt(async move {
            let _probe = probe;
            let _reason = OnDrop::new(move || told.send(cancel_reason()).unwrap());
            starts.send(()).expect("the test waits");
            pending::<Forever>().await
        });
        let mut search = search.cancel_on_drop();
        assert!(poll_once(&mut search).await.is_pending());
        runs.await.expect("it is started");
        drop(search);
        let report = sup.join().await;
        probes.all_dropped(1);
        assert_eq!((report.finished, report.cancelled), (0, 1), "its supervisor waits for it");
        assert_eq!(tells.recv(), Ok(Some(CancelReason::ByHand)));
    });
}

#[test]
fn a_handle_cancels_on_drop_only_if_it_was_told_to() {
    both(async || {
        let (sup, go) = (Supervisor::builder("shop").build(), Arc::new(Notify::new()));
        let goes = Arc::clone(&go);
        drop(sup.attempt(async move {
            goes.notified().await;
            Ok::<_, Fault>(())
        }));
        go.notify_one();
        assert_eq!(sup.join().await.finished, 1);
    });
}

#[test]
fn a_value_is_yielded_by_a_handle_that_cancels_on_drop() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let mut price = sup.attempt(async { Ok::<_, Fault>(7) }).cancel_on_drop();
        assert_eq!((&mut price).await.unwrap(), 7);
        drop(price);
        let late = sup.attempt(async { Ok::<_, Fault>(8) }).cancel_on_drop();
        until(|| late.is_finished()).await;
        drop(late);
        assert_eq!(sup.join().await.finished, 2, "what has ended is not cancelled");
    });
}

/// A time limit around the handle is one around the task.
#[test]
fn a_time_limit_that_drops_the_handle_cancels_the_task() {
    single(async || {
        let sup = Supervisor::builder("shop").build();
        let search = sup.task("search").attempt(pending::<Forever>()).cancel_on_drop();
        timeout(Duration::from_secs(1), search).await.unwrap_err();
        assert_eq!(sup.join().await.cancelled, 1);
    });
}

#[test]
fn who_awaits_a_task_that_was_aborted_gets_a_failure_that_says_so() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let line = line!() + 1;
        let search = sup.attempt(pending::<Forever>());
        let (id, stop) = (search.id(), search.abort_handle());
        sup.launch(async move { stop.abort() });
        let failure = search.await.unwrap_err();
        assert!(matches!(failure.kind(), FailureKind::Cancelled(CancelReason::ByHand)));
        let task = failure.task();
        assert_eq!((task.id(), task.location().line()), (Some(id), line));
        assert_eq!(task.location().file(), file!());
        assert!(
            task.name().ends_with("Pending<core::result::Result<u32, behaviour::support::Fault>>")
        );
        let named = sup.spawner().task("stock").attempt(pending::<Forever>()).unwrap();
        named.abort_handle().abort();
        assert_eq!(named.await.unwrap_err().task().name(), "stock");
        let report = sup.join().await;
        assert_eq!((report.finished, report.cancelled), (1, 2), "each is counted once");
    });
}

#[test]
fn a_task_is_aborted_once_however_often_and_from_wherever() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let graceful = sup.task("graceful").grace(Duration::MAX);
        for search in [sup.attempt(pending::<Forever>()), graceful.attempt(pending::<Forever>())] {
            let stop = search.abort_handle();
            stop.abort();
            let there = on_thread(move || {
                let runtime = runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async { stop.abort() });
                stop
            });
            let stop =
                unowned(async { tokio::task::spawn_blocking(|| there.join().unwrap()).await });
            let stop = stop.await.unwrap().unwrap();
            assert!(search.await.unwrap_err().is_cancelled());
            stop.abort();
        }
        let report = sup.join().await;
        assert_eq!((report.finished, report.panicked, report.cancelled), (0, 0, 2));
        assert!(failures.what().is_empty(), "{:?}", failures.what());
    });
}

#[test]
fn an_abort_after_the_end_changes_nothing() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let price = sup.attempt(async { Ok::<_, Fault>(7) });
        let stop = price.abort_handle();
        until(|| price.is_finished()).await;
        stop.abort();
        assert_eq!(price.await.unwrap(), 7);
        stop.abort();
        let report = sup.join().await;
        assert_eq!((report.finished, report.cancelled), (1, 0));
    });
}

#[test]
fn what_the_root_or_a_scope_owns_can_be_aborted_as_well() {
    both(async || {
        async fn aborted(spawner: &Spawner) {
            let search = spawner.attempt(pending::<Forever>()).unwrap();
            search.abort_handle().abort();
            assert!(search.await.unwrap_err().is_cancelled());
        }
        aborted(&Spawner::current()).await;
        foster::scope!(|_s| aborted(&Spawner::current()).await).await;
    });
}

#[test]
fn a_handle_is_sent_and_shared_as_before() {
    fn sent<T: Send + Sync + Unpin + 'static>(_: &T) {}
    single(async || {
        let sup = Supervisor::builder("shop").build();
        let price: Handle<'static, Result<u32, _>> = sup.attempt(async { Ok::<_, BoxError>(7) });
        sent(&price);
        assert_eq!(unowned(price).await.unwrap().unwrap(), 7);
    });
}
