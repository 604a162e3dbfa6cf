//! Blocking children of supervisors: owned, named, counted and isolated as other tasks.

use std::time::Duration;

use foster::{Spawner, Supervisor, is_cancelled, root, scope};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::{Taken, with_one_blocking_thread};
use crate::support::{
    Fault, Gate, OnDrop, Probes, block_until, both, in_time, multi, on_thread, until,
};

#[test]
fn a_supervisor_yields_what_blocking_work_ends_with_and_counts_it() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let value = sup.spawn_blocking(|| Ok::<_, Fault>(1)).await;
        assert_eq!(value.expect("it has not failed"), 1);
        let line = line!() + 1;
        let error = spawner.spawn_blocking(|| Err::<(), _>(Fault("no paper"))).expect("it is open");
        let error = error.await.expect_err("it has failed");
        assert_eq!(error.error().map(ToString::to_string).as_deref(), Some("no paper"));
        assert_eq!(
            (error.task().location().file(), error.task().location().line()),
            (file!(), line)
        );
        assert!(error.task().name().contains("a_supervisor_yields"), "{error}");
        let panic = sup.spawn_blocking(|| -> Result<(), Fault> { panic!("no ink") }).await;
        assert_eq!(panic.expect_err("it has panicked").panic_message(), Some("no ink"));
        let report = sup.join().await;
        let counts = [report.finished, report.failed, report.panicked, report.cancelled];
        assert_eq!(counts, [1, 1, 1, 0], "and nobody was harmed: {report}");
    });
}

#[test]
fn join_waits_for_blocking_work_of_a_supervisor() {
    both(async || {
        let (probes, gate) = (Probes::slow(), Gate::new());
        let sup = Supervisor::builder("shop").build();
        let (probe, passes) = (probes.probe(), gate.clone());
        drop(sup.spawn_blocking(move || {
            let _probe = probe;
            passes.pass();
            Ok::<_, Fault>(())
        }));
        assert_eq!(sup.live(), 1);
        let join = sup.join();
        let opens = async {
            assert_eq!(probes.dropped(), 0);
            gate.open();
        };
        let (report, ()) = tokio::join!(join, opens);
        probes.all_dropped(1);
        assert_eq!(report.finished, 1);
    });
}

#[test]
fn blocking_work_of_a_supervisor_hears_the_ladder_and_is_waited_for() {
    both(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let (send, running) = oneshot::channel();
        let asked = sup.spawn_blocking(move || {
            send.send(()).expect("the test waits");
            block_until(is_cancelled);
            Ok::<_, Fault>("asked")
        });
        running.await.expect("it says that it runs");
        let report = sup.shutdown().await;
        assert!(report.is_clean() && report.finished == 1, "{report}");
        assert_eq!(asked.await.expect("it has ended by itself"), "asked");
    });
}

#[test]
fn blocking_work_of_a_supervisor_that_does_not_return_is_abandoned_by_name_and_place() {
    multi(async || {
        let (probes, gate) = (Probes::new(), Gate::new());
        let _opened = OnDrop::new(|| gate.open());
        let hasty = Supervisor::builder("shop").grace(Duration::ZERO);
        let sup = hasty.cancel_within(Duration::from_millis(20)).build();
        let (send, running) = oneshot::channel();
        let (probe, blocks) = (probes.probe(), gate.clone());
        let line = line!() + 1;
        drop(sup.spawn_blocking(move || {
            let _probe = probe;
            send.send(()).expect("the test waits");
            blocks.pass();
            Ok::<_, Fault>(())
        }));
        running.await.expect("it says that it runs");
        let report = sup.shutdown().await;
        assert_eq!(report.abandoned.len(), 1, "{report}");
        let task = report.abandoned[0];
        assert_eq!((task.location().file(), task.location().line()), (file!(), line));
        assert!(task.name().contains("that_does_not_return"), "{task}");
        assert_eq!(root().live(), 1, "it is the root's");
        gate.open();
        root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn queued_blocking_work_of_a_supervisor_leaves_when_it_is_cancelled() {
    with_one_blocking_thread(async || {
        let (probes, _taken) = (Probes::slow(), Taken::now().await);
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).build();
        let queued = || {
            let probe = probes.probe();
            sup.spawn_blocking(move || Ok::<_, Fault>(probe))
        };
        assert!(in_time(queued().cancel()).await.is_none(), "as of any other task");
        probes.all_dropped(1);
        let waits = queued();
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.cancelled, report.finished), (2, 0), "{report}");
        assert!(waits.await.is_err_and(|failure| failure.is_cancelled()));
        probes.all_dropped(2);
    });
}

#[test]
fn a_spawner_starts_blocking_work_from_a_plain_thread_in_the_runtime_where_it_was_made() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let here = Handle::current().id();
        let thread = on_thread(move || {
            let started = spawner.spawn_blocking(|| Ok::<_, Fault>(Handle::current().id()));
            started.expect("it is open")
        });
        until(|| thread.is_finished()).await;
        let started = thread.join().expect("it does not panic");
        assert_eq!(started.await.expect("it has not failed"), here);
        assert_eq!(sup.join().await.finished, 1);
    });
}

#[test]
fn an_owner_that_has_ended_hands_blocking_work_back() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        assert!(sup.join().await.is_clean());
        let closed = spawner.spawn_blocking(|| Ok::<_, Fault>(1)).expect_err("it has ended");
        assert_eq!(closed.into_inner()(), Ok(1));
    });
}

#[test]
fn blocking_work_of_the_spawner_at_hand_belongs_to_the_scope() {
    both(async || {
        let probes = Probes::slow();
        scope!(|_s| {
            let probe = probes.probe();
            let started = Spawner::current().spawn_blocking(move || {
                drop(probe);
                Ok::<_, Fault>(())
            });
            drop(started.expect("it is open"));
        })
        .await;
        probes.all_dropped(1);
    });
}
