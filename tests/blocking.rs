//! Blocking children: a scope waits for them, and one that has not started never runs; in the files
//! below it those that wait for a thread, and those of supervisors.

mod queued;
mod supervised;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use foster::{Spawner, scope, try_scope};
use tokio::runtime;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Fault, Gate, OnDrop, Probes, both, in_time, panic_of, poll_once, run, text_of, unowned,
};

/// Runs a test with one blocking thread: all but the first one's work waits in a queue.
#[track_caller]
fn with_one_blocking_thread(test: impl AsyncFnOnce() + Copy + Send + 'static) {
    let builders = [runtime::Builder::new_current_thread(), runtime::Builder::new_multi_thread()];
    for mut builder in builders {
        builder.worker_threads(2).max_blocking_threads(1);
        run("one blocking thread", builder, test);
    }
}

/// Holds the only thread of the pool, until it is dropped; nobody else may have let that go.
struct Taken {
    gate: Gate,
    let_go: Arc<AtomicBool>,
}

impl Taken {
    async fn now() -> Self {
        let (gate, taken) = (Gate::new(), Arc::new(Notify::new()));
        let let_go = Arc::new(AtomicBool::new(false));
        let (passed, tells, ended) = (gate.clone(), Arc::clone(&taken), Arc::clone(&let_go));
        drop(tokio::task::spawn_blocking(move || {
            let _lets_go = OnDrop::new(|| ended.store(true, Ordering::SeqCst));
            tells.notify_one();
            passed.pass();
        }));
        taken.notified().await;
        Self { gate, let_go }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let too_early = self.let_go.load(Ordering::SeqCst);
        self.gate.open();
        assert!(!too_early || std::thread::panicking(), "the thread was waited for");
    }
}

#[test]
fn blocking_child_yields_its_value() {
    both(async || {
        let sum = try_scope!(|s| -> Result<u32, Fault> {
            let plain = scope!(|s| s.spawn_blocking(|| 1).await).await;
            let fallible = s.spawn_blocking(|| Ok::<_, Fault>(2));
            Ok(plain + fallible.await)
        })
        .await;
        assert_eq!(sum, Ok(3));
    });
}

#[test]
fn scope_waits_for_blocking_work_that_runs_also_when_it_is_cancelled() {
    both(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        let failed: Result<(), Fault> = try_scope!(|s| {
            let (started, probe, work_gate) =
                (Arc::new(Notify::new()), probes.probe(), gate.clone());
            let work_started = Arc::clone(&started);
            let work = s.spawn_blocking(move || -> Result<(), Fault> {
                work_started.notify_one();
                work_gate.pass();
                drop(probe);
                Ok(())
            });
            started.notified().await;
            let _opened = OnDrop::new(|| {
                assert_eq!(probes.dropped(), 0);
                gate.open();
            });
            assert!(!work.is_finished());
            Err(Fault("body"))
        })
        .await;
        assert_eq!(failed, Err(Fault("body")));
        probes.all_dropped(1);
    });
}

#[test]
fn error_of_blocking_work_ends_the_scope() {
    both(async || {
        let failed: Result<u32, Fault> = try_scope!(|s| {
            let work = s.spawn_blocking(|| Err::<u32, _>(Fault("blocking")));
            Ok(work.await)
        })
        .await;
        assert_eq!(failed, Err(Fault("blocking")));
    });
}

#[test]
fn panic_of_blocking_work_is_resumed_in_the_parent() {
    both(async || {
        let payload = panic_of(scope!(|s| {
            let work = s.spawn_blocking(|| panic!("blocking"));
            work.await
        }))
        .await;
        assert_eq!(text_of(&*payload), "blocking");
    });
}

#[test]
fn blocking_work_that_has_not_started_when_the_scope_is_cancelled_never_runs() {
    with_one_blocking_thread(async || {
        let (probes, ran) = (Probes::slow(), Arc::new(AtomicUsize::new(0)));
        let (gate, token) = (Gate::new(), CancellationToken::new());
        let ended = scope!(|s| {
            let (started, first_gate) = (Arc::new(Notify::new()), gate.clone());
            let first_started = Arc::clone(&started);
            let first = s.spawn_blocking(move || {
                first_started.notify_one();
                first_gate.pass();
            });
            for _ in 0..3 {
                let (probe, ran) = (probes.probe(), Arc::clone(&ran));
                let queued = s.spawn_blocking(move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                    drop(probe);
                });
                assert!(!queued.is_finished());
            }
            started.notified().await;
            // It opens when the body is dropped, so after the cancellation.
            let _opened = OnDrop::new(|| gate.open());
            token.cancel();
            first.await;
        })
        .cancelled_by(token.clone())
        .await;
        assert_eq!(ended, Err(foster::Interrupted::Cancelled));
        assert_eq!(ran.load(Ordering::SeqCst), 0);
        probes.all_dropped(3);
    });
}

#[test]
fn queued_blocking_work_can_be_cancelled_through_its_handle() {
    with_one_blocking_thread(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        scope!(|s| {
            let (started, first_gate) = (Arc::new(Notify::new()), gate.clone());
            let first_started = Arc::clone(&started);
            let first = s.spawn_blocking(move || {
                first_started.notify_one();
                first_gate.pass();
                "ran"
            });
            started.notified().await;
            let probe = probes.probe();
            let queued = s.spawn_blocking(move || drop(probe));
            let _opened = OnDrop::new(|| gate.open());
            assert_eq!(in_time(queued.cancel()).await, None);
            probes.all_dropped(1); // and the thread is not free yet
            assert_eq!(s.live(), 1);
            gate.open();
            assert_eq!(first.await, "ran");
        })
        .await;
    });
}

#[test]
fn cancelling_blocking_work_that_runs_waits_for_its_value() {
    both(async || {
        let gate = Gate::new();
        let value = scope!(|s| {
            let (started, work_gate) = (Arc::new(Notify::new()), gate.clone());
            let work_started = Arc::clone(&started);
            let work = s.spawn_blocking(move || {
                work_started.notify_one();
                work_gate.pass();
                "the value"
            });
            started.notified().await;
            let mut cancel = Box::pin(work.cancel());
            assert!(poll_once(&mut cancel).await.is_pending());
            gate.open();
            cancel.await
        })
        .await;
        assert_eq!(value, Some("the value"));
    });
}

#[test]
fn blocking_work_may_launch_into_its_scope() {
    both(async || {
        let probes = Probes::slow();
        scope!(|s| {
            let probe = probes.probe();
            s.spawn_blocking(move || {
                let launched = Spawner::current().launch(async move {
                    tokio::task::yield_now().await;
                    drop(probe);
                });
                assert!(launched.is_ok());
            })
            .await;
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn end_of_the_runtime_drops_queued_blocking_work() {
    let mut builder = runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).max_blocking_threads(1).enable_all().build().unwrap();
    let (probes, ran) = (Probes::new(), Arc::new(AtomicUsize::new(0)));
    runtime.block_on({
        let (probes, ran) = (probes.clone(), Arc::clone(&ran));
        async move {
            let (gate, started) = (Gate::new(), Arc::new(Notify::new()));
            let first_started = Arc::clone(&started);
            drop(unowned(async move {
                scope!(|s| {
                    let (first_started, first_gate) = (Arc::clone(&first_started), gate.clone());
                    // It opens when the runtime drops the body.
                    let _opened = OnDrop::new(|| gate.open());
                    let first = s.spawn_blocking(move || {
                        first_started.notify_one();
                        first_gate.pass();
                    });
                    let probe = probes.probe();
                    let queued = s.spawn_blocking(move || {
                        ran.fetch_add(1, Ordering::SeqCst);
                        drop(probe);
                    });
                    queued.await;
                    first.await;
                })
                .await;
            }));
            started.notified().await;
        }
    });
    drop(runtime);
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    probes.all_dropped(1);
}
