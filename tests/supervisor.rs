//! Supervisors: how long they are open, and what starts tasks in them.

mod ends;
mod failures;

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foster::{Failure, FailureKind, Supervisor, SupervisorBuilder, checkpoint};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::support::{Fault, Polls, Probes, both, multi, poll_once, until};

/// What a supervisor reports, in order.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Vec<Reported>>>);

/// A failure that was reported.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    /// `error: …`, `panic: …` or `cancelled`.
    pub(crate) what: String,
    pub(crate) name: &'static str,
    pub(crate) line: u32,
}

impl Failures {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Starts to configure a supervisor that reports to here.
    pub(crate) fn of(&self, supervisor: &str) -> SupervisorBuilder {
        let failures = self.clone();
        Supervisor::builder(supervisor).on_failure(move |failure| failures.note(failure))
    }

    fn note(&self, failure: &Failure) {
        let what = match failure.kind() {
            FailureKind::Error(error) => format!("error: {error}"),
            FailureKind::Panic(panic) => format!("panic{panic}"),
            _ => "cancelled".to_owned(),
        };
        let (name, line) = (failure.task().name(), failure.task().location().line());
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.push(Reported { what, name, line });
    }

    pub(crate) fn all(&self) -> Vec<Reported> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was reported, without saying of which task.
    pub(crate) fn what(&self) -> Vec<String> {
        self.all().into_iter().map(|reported| reported.what).collect()
    }
}

#[test]
fn a_supervisor_stays_open_at_zero_tasks_until_its_end() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let (end, ended) = oneshot::channel::<()>();
        let mut running = Box::pin(sup.run_until(ended));
        for _ in 0..3 {
            assert!(poll_once(&mut running).await.is_pending(), "no task is no end");
            spawner.launch(async {}).expect("it is open");
            until(|| spawner.live() == 0).await;
        }
        end.send(()).expect("it waits for its end");
        assert_eq!(running.await.finished, 3);
        assert!(spawner.launch(async {}).is_err(), "now it is closed");
    });
}

#[test]
fn join_waits_until_no_task_is_left_also_for_those_started_meanwhile() {
    both(async || {
        let probes = Probes::slow();
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let (first, second) = (probes.probe(), probes.probe());
        sup.launch(async move {
            let _first = first;
            checkpoint().await;
            let second = async move {
                checkpoint().await;
                drop(second);
            };
            spawner.launch(second).expect("its owner waits for the task that launches");
        });
        let report = sup.join().await;
        probes.all_dropped(2);
        assert_eq!((report.finished, report.cancelled), (2, 0), "join cancels nobody");
    });
}

#[test]
fn join_of_an_empty_supervisor_ends_at_once() {
    both(async || {
        let mut join = Box::pin(Supervisor::builder("idle").build().join());
        assert!(poll_once(&mut join).await.is_ready());
    });
}

#[test]
fn a_spawner_works_from_a_plain_thread_in_the_runtime_where_it_was_made() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let here = Handle::current().id();
        let started = std::thread::spawn(move || {
            let price = spawner.attempt(async move {
                tokio::time::sleep(Duration::from_millis(1)).await; // needs the runtime
                Ok::<_, Fault>(Handle::current().id())
            });
            spawner.launch(async {}).expect("it is open");
            price.expect("it is open")
        });
        let price = started.join().expect("neither panics");
        assert_eq!(price.await.expect("it has not failed"), here);
        assert_eq!(sup.join().await.finished, 2);
    });
}

/// M12: the owner's runtime runs them, wherever they are started.
#[test]
fn a_spawner_in_another_runtime_starts_its_tasks_at_home() {
    multi(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let home = Handle::current().id();
        let elsewhere = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().build().expect("it can be built");
            runtime.block_on(async {
                let (send, ran) = oneshot::channel();
                let task = async { send.send(Handle::current().id()).expect("it is awaited") };
                spawner.launch(task).expect("it is open");
                let shield = spawner.shield(async { Handle::current().id() });
                (ran.await.expect("it has run"), shield.await)
            })
        });
        until(|| elsewhere.is_finished()).await;
        assert_eq!(elsewhere.join().expect("it does not panic"), (home, home));
        assert_eq!(sup.join().await.finished, 2);
    });
}

/// R12: the very future, and it has not run.
#[test]
fn a_closed_owner_hands_the_very_future_back_unpolled() {
    both(async || {
        let probes = Probes::new();
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        assert!(sup.join().await.is_clean());
        let probe = probes.probe();
        let (future, polls) = Polls::of(async move { drop(probe) });
        let back = spawner.launch(future).expect_err("it has ended").0;
        let polled = || polls.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!((polled(), probes.dropped()), (0, 0));
        let again = async move {
            back.await;
            Ok::<_, Fault>(4)
        };
        let back = spawner.attempt(again).expect_err("it has ended").0;
        assert_eq!((polled(), probes.dropped()), (0, 0));
        assert_eq!(back.await.expect("it is as it was"), 4);
        assert_eq!(polled(), 1, "its first poll was ours");
        probes.all_dropped(1);
        assert_eq!(spawner.live(), 0);
    });
}

#[test]
fn a_handle_outlives_its_supervisor_and_a_cancelled_attempt_says_so() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let price = sup.attempt(async { Ok::<_, Fault>(String::from("3.50")) });
        let slow = sup.attempt(pending::<Result<(), Fault>>());
        let stopped = sup.attempt(pending::<Result<(), Fault>>());
        assert!(matches!(stopped.cancel().await, None | Some(Err(_))));
        until(|| sup.live() == 1).await;
        assert!(price.is_finished());
        drop(sup);
        assert!(slow.await.unwrap_err().is_cancelled(), "the handle always yields");
        assert_eq!(price.await.expect("the value is its holder's"), "3.50");
    });
}
