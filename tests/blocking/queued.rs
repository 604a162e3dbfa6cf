//! Blocking children that wait for a thread of the pool.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use foster::{CancelReason, Interrupted, Supervisor, root, scope, try_scope};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::{Taken, with_one_blocking_thread};
use crate::support::{
    Fault, Gate, NEVER, OnDrop, Probes, in_time, multi, panic_of, poll_once, run, text_of, traces,
    unowned,
};

const MOMENT: Duration = Duration::from_millis(1);

/// Work that must not run, and what says that it did not.
fn unrun(probes: &Probes) -> (impl FnOnce() + Send + use<>, Arc<AtomicBool>) {
    let (probe, ran) = (probes.probe(), Arc::new(AtomicBool::new(false)));
    let runs = Arc::clone(&ran);
    let work = move || {
        runs.store(true, Ordering::SeqCst);
        drop(probe);
    };
    (work, ran)
}

#[test]
fn a_queued_child_leaves_when_its_scope_reaches_its_bound() {
    with_one_blocking_thread(async || {
        let (probes, taken) = (Probes::slow(), Taken::now().await);
        let (work, ran) = unrun(&probes);
        let bounded = scope!(|s| s.spawn_blocking(work).await).within(MOMENT);
        assert_eq!(in_time(bounded).await, Err(Interrupted::Elapsed));
        probes.all_dropped(1);
        drop(taken);
        // Takes its turn behind what is left of the other one.
        assert_eq!(scope!(|s| s.spawn_blocking(|| 1).await).await, 1);
        assert!(!ran.load(Ordering::SeqCst));
    });
}

#[test]
fn a_queued_child_leaves_when_a_sibling_fails() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        let (work, ran) = unrun(&probes);
        let failed: Result<(), Fault> = in_time(try_scope!(|s| {
            let queued = s.spawn_blocking(|| -> Result<(), Fault> {
                work();
                Ok(())
            });
            s.launch(async { Err(Fault("a sibling's")) });
            queued.await;
            Ok(())
        }))
        .await;
        assert_eq!(failed, Err(Fault("a sibling's")));
        probes.all_dropped(1);
        assert!(!ran.load(Ordering::SeqCst));
    });
}

#[test]
fn a_queued_child_leaves_when_its_scope_is_dropped() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        let (work, _ran) = unrun(&probes);
        let mut dropped = Box::pin(scope!(|s| s.spawn_blocking(work).await));
        assert!(poll_once(&mut dropped).await.is_pending());
        drop(dropped);
        in_time(root().drained()).await;
        probes.all_dropped(1);
    });
}

#[test]
fn cancel_children_does_not_wait_for_a_queued_child() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        in_time(scope!(|s| {
            let (work, _ran) = unrun(&probes);
            // Cancelled before its first poll.
            assert!(!s.spawn_blocking(work).is_finished());
            s.cancel_children().await;
            probes.all_dropped(1);
            let (work, _ran) = unrun(&probes);
            // And while it is suspended.
            assert!(!s.spawn_blocking(work).is_finished());
            foster::checkpoint().await;
            s.cancel_children().await;
            probes.all_dropped(2);
            assert_eq!(s.live(), 0);
        }))
        .await;
    });
}

#[test]
fn a_ladder_does_not_wait_for_a_queued_child_of_a_scope() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let (work, _ran) = unrun(&probes);
        let (send, started) = oneshot::channel();
        sup.launch(async move {
            scope!(|s| {
                let queued = s.spawn_blocking(work);
                send.send(()).expect("the test waits");
                queued.await;
            })
            .await;
        });
        started.await.expect("it is queued");
        let report = in_time(sup.shutdown()).await;
        assert!(report.is_clean() && report.cancelled == 1, "{report}");
        probes.all_dropped(1);
    });
}

#[test]
fn an_abort_of_the_task_around_it_ends_a_queued_child() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        let (work, _ran) = unrun(&probes);
        let (send, started) = oneshot::channel();
        let around = unowned(async move {
            scope!(|s| {
                let queued = s.spawn_blocking(work);
                send.send(()).expect("the test waits");
                queued.await;
            })
            .await;
        });
        started.await.expect("it is queued");
        around.abort();
        in_time(around).await.expect_err("it was aborted");
        in_time(root().drained()).await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_queued_child_is_one_task_and_is_reported_once_by_its_place() {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(1);
    run("one thread", builder, async || {
        let taken = Taken::now().await;
        let sup = Supervisor::builder("shop").build();
        let (send, started) = oneshot::channel();
        let line = line!() + 3;
        sup.launch(async move {
            scope!(|s| {
                let queued = s.spawn_blocking(|| ());
                foster::checkpoint().await;
                assert_eq!(s.live(), 1);
                send.send(()).expect("the test waits");
                queued.await;
            })
            .await;
        });
        started.await.expect("it is queued");
        let mut ladder = Box::pin(sup.shutdown());
        assert!(poll_once(&mut ladder).await.is_pending());
        let event = traces().pop().expect("the first rung is told").text;
        assert!(event.contains("live=2"), "the task and its child: {event}");
        assert_eq!(event.matches(&format!("queued.rs:{line}:")).count(), 1, "{event}");
        drop(taken);
        assert_eq!(in_time(ladder).await.finished, 1);
    });
}

/// It starts with the call, and not when its task is polled.
#[test]
fn a_body_may_block_its_thread_on_what_a_blocking_child_sends() {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(1);
    run("one thread", builder, async || {
        let (send, receive) = mpsc::channel();
        let received = scope!(|s| {
            let sends = s.spawn_blocking(move || send.send(1).expect("the body waits"));
            let received = receive.recv_timeout(NEVER);
            sends.await;
            received
        });
        assert_eq!(received.await, Ok(1));
    });
}

/// The pool can start no thread with such a stack.
#[test]
fn a_child_for_which_no_thread_can_be_started_panics_where_it_is_started() {
    let mut builder = Builder::new_current_thread();
    builder.thread_stack_size(usize::MAX / 4);
    run("no threads", builder, async || {
        let probes = Probes::slow();
        let (work, _ran) = unrun(&probes);
        let payload = in_time(panic_of(scope!(|s| s.spawn_blocking(work).await))).await;
        assert!(text_of(&*payload).starts_with("OS can't spawn worker thread"));
        probes.all_dropped(1);

        let sup = Supervisor::builder("shop").build();
        let (work, _ran) = unrun(&probes);
        let refused = async {
            drop(sup.spawn_blocking(|| {
                work();
                Ok::<_, Fault>(())
            }));
        };
        let payload = panic_of(refused).await;
        assert!(text_of(&*payload).starts_with("OS can't spawn worker thread"));
        probes.all_dropped(2);
        assert_eq!(sup.live(), 0);
        assert!(in_time(sup.join()).await.is_clean());
    });
}

/// An owner in a runtime that goes on waits for what runs in one that was shut down.
#[test]
fn work_that_outlives_its_runtime_keeps_its_owner_open() {
    multi(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        let _opened = OnDrop::new(|| gate.open());
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).cancel_within(MOMENT).build();
        let (send, running) = oneshot::channel();
        let (probe, blocks) = (probes.probe(), gate.clone());
        let other = Builder::new_multi_thread().worker_threads(1).build().expect("it can be built");
        let line = line!() + 3;
        let value = {
            let _other = other.enter();
            sup.spawn_blocking(move || {
                send.send(()).expect("the test waits");
                blocks.pass();
                assert_eq!(foster::cancel_reason(), Some(CancelReason::Shutdown));
                Ok::<_, Fault>(probe)
            })
        };
        running.await.expect("it says that it runs");
        other.shutdown_background();
        drop(value);
        assert_eq!(sup.live(), 1);
        let report = in_time(sup.shutdown()).await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        assert_eq!(report.abandoned[0].location().line(), line);
        assert_eq!(probes.dropped(), 0);
        gate.open();
        in_time(root().drained()).await;
        probes.all_dropped(1);
    });
}

/// Nobody drops what a thread blocks on, so it cannot just stay suspended.
#[test]
fn a_scope_that_blocking_work_awaits_panics_when_the_one_around_it_is_cancelled() {
    multi(async || {
        let (send, running) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let runtime = tokio::runtime::Handle::current();
        let failed: Result<(), Fault> = in_time(try_scope!(|s| {
            let waits = s.spawn_blocking(move || {
                let inner = scope!(|_inner| {
                    send.send(()).expect("the body waits");
                    pending::<()>().await;
                });
                let payload = runtime.block_on(panic_of(inner));
                tell.send(text_of(&*payload).to_owned()).expect("the test looks");
                Ok::<_, Fault>(())
            });
            running.await.expect("it says that it runs");
            s.launch(async { Err(Fault("a sibling's")) });
            waits.await;
            Ok(())
        }))
        .await;
        assert_eq!(failed, Err(Fault("a sibling's")));
        let text = told.try_recv().expect("it was not lost");
        assert!(text.contains("cancelled"), "{text}");
    });
}
