//! Isolated failures (R3, R4): each is reported once, harms nobody, and is not kept.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use foster::{Spawner, Supervisor, checkpoint};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Failures;
use crate::support::{Fault, Probe, Probes, both, in_time, multi, traces, until};

#[test]
fn a_failure_is_reported_once_with_its_task_and_harms_nobody() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let (go, goes) = oneshot::channel::<u32>();
        let sibling = sup.attempt(goes);
        let line = line!() + 1;
        sup.launch(async { Err(Fault("out of ink")) });
        until(|| sup.live() == 1).await;
        assert_eq!(failures.what(), ["error: out of ink"]);
        assert_eq!(failures.all()[0].line, line);
        let name = failures.all()[0].name;
        assert!(name.contains("a_failure_is_reported_once"), "a type name by default, not {name}");
        go.send(7).expect("the sibling is alive");
        assert_eq!(sibling.await.expect("the sibling is not harmed"), 7);
        let report = sup.join().await;
        assert_eq!(
            (report.finished, report.failed, report.panicked, report.cancelled),
            (1, 1, 0, 0)
        );
        assert_eq!(failures.what().len(), 1);
    });
}

#[test]
fn a_panic_is_reported_once_with_its_message_and_harms_nobody() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        sup.launch(async { panic!("paper jam in tray {}", 2) });
        sup.launch(async {
            checkpoint().await;
            panic!("later")
        });
        until(|| sup.live() == 0).await;
        let mut what = failures.what();
        what.sort();
        assert_eq!(what, ["panic: later", "panic: paper jam in tray 2"]);
        sup.launch(async { checkpoint().await });
        let report = sup.join().await;
        assert_eq!((report.finished, report.panicked), (1, 2), "it goes on after a panic");
    });
}

/// Errors and panics, at the first poll and later, in named tasks, shields and plain ones.
#[test]
fn a_hundred_failing_children_give_exactly_a_hundred_reports() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        for n in 0..100 {
            let fails = async move {
                if n % 2 == 0 {
                    checkpoint().await;
                }
                if n % 4 < 2 { Err(Fault("an error")) } else { panic!("a panic") }
            };
            match n % 5 {
                0 => sup.task("named").launch(fails),
                1 => sup.task("graceful").grace(std::time::Duration::MAX).launch(fails),
                2 => sup.launch(async move { foster::scope!(|s| s.spawn(fails).await).await }),
                _ => sup.launch(fails),
            }
        }
        let report = sup.join().await;
        let mut what = failures.what();
        what.sort();
        let expected = [vec!["error: an error"; 50], vec!["panic: a panic"; 50]].concat();
        assert_eq!(what, expected);
        assert_eq!((report.finished, report.failed, report.panicked), (0, 50, 50));
        assert!(report.is_clean(), "failures are no lost work");
    });
}

#[test]
fn the_failure_of_an_attempt_is_its_handles_and_not_also_reported() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let error = sup.attempt(async { Err::<(), _>(Fault("no price")) }).await.unwrap_err();
        assert_eq!(error.error().expect("it is an error").to_string(), "no price");
        let panic = sup.attempt(async { if true { panic!("no shop") } else { Ok::<_, Fault>(1) } });
        let panic = panic.await.unwrap_err();
        assert_eq!(panic.panic_message(), Some("no shop"));
        drop(sup.attempt(async { Err::<(), _>(Fault("unheard")) }));
        let report = sup.join().await;
        assert_eq!((report.failed, report.panicked), (2, 1), "but each is counted");
        assert!(failures.what().is_empty(), "{:?}", failures.what());
    });
}

#[test]
fn without_a_hook_each_failure_is_one_event() {
    both(async || {
        let sup = Supervisor::builder("printers").build();
        sup.launch(async { Err(Fault("out of ink")) });
        sup.launch(async { panic!("paper jam") });
        let _report = sup.join().await;
        let of = |text| traces().iter().filter(|event| event.text.contains(text)).count();
        assert_eq!((of("out of ink"), of("paper jam")), (1, 1), "{:?}", traces());
        let event = traces().into_iter().find(|event| event.text.contains("out of ink"));
        assert!(event.expect("it was counted").text.contains("printers"), "it names who reports");
    });
}

#[test]
fn a_panicking_hook_harms_nobody() {
    both(async || {
        let failures = Failures::new();
        let noted = failures.clone();
        let sup = Supervisor::builder("shop").on_failure(move |failure| {
            noted.note(failure);
            panic!("the hook is broken");
        });
        let sup = sup.build();
        for _ in 0..3 {
            sup.launch(async { Err(Fault("one of three")) });
        }
        sup.launch(async { panic!("as well") });
        let report = sup.join().await;
        assert_eq!((report.failed, report.panicked), (3, 1));
        assert_eq!(failures.what().len(), 4, "each was reported, once");
        let traced = traces().iter().filter(|trace| trace.text.contains("one of three")).count();
        assert_eq!(traced, 3, "what the hook has not heard to its end is not lost");
    });
}

#[test]
fn the_supervisor_whose_hook_runs_is_the_ambient_owner() {
    both(async || {
        let sup = Supervisor::builder("all or nothing");
        let sup = sup.on_failure(|_| Spawner::current().shutdown()).build();
        sup.launch(foster::shutdown_requested());
        sup.launch(async { Err(Fault("disk full")) });
        let report = in_time(sup.join()).await;
        assert_eq!((report.finished, report.failed), (1, 1), "{report}");

        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let sup = Supervisor::builder("alerting").on_failure(move |_| {
            let sends = Arc::clone(&counted);
            let alert = async move {
                checkpoint().await;
                sends.fetch_add(1, Ordering::SeqCst);
            };
            Spawner::current().launch(alert).expect("the supervisor is open");
        });
        let sup = sup.build();
        sup.launch(async { Err(Fault("disk full")) });
        assert_eq!(in_time(sup.join()).await.finished, 1);
        assert_eq!(sent.load(Ordering::SeqCst), 1, "what the hook launches is waited for");
    });
}

/// An error of which all that foster calls panics.
struct Hostile;

impl From<Hostile> for foster::BoxError {
    fn from(_: Hostile) -> Self {
        panic!("an error that cannot be converted")
    }
}

/// Each piece of the user's code has a catch of its own (design 3.1, 11): or the count would be off.
#[test]
fn an_error_whose_conversion_panics_is_a_panic_of_its_task() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        sup.launch(async { Err(Hostile) });
        let handle = sup.attempt(async { Err::<(), _>(Hostile) });
        until(|| sup.live() == 0).await;
        assert!(handle.await.unwrap_err().is_panic());
        assert_eq!(failures.what(), ["panic: an error that cannot be converted"]);
        assert_eq!(sup.join().await.panicked, 2);
    });
}

/// An error that panics when it is printed, dropped, or both.
#[derive(Debug)]
struct Awkward {
    prints: bool,
    drops: bool,
}

impl fmt::Display for Awkward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(self.prints, "an error that cannot be printed");
        f.write_str("awkward")
    }
}

impl std::error::Error for Awkward {}

impl Drop for Awkward {
    fn drop(&mut self) {
        assert!(self.drops, "an error that cannot be dropped");
    }
}

#[test]
fn an_error_that_cannot_be_printed_or_dropped_harms_nobody() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        for (prints, drops) in [(false, true), (true, false), (false, false)] {
            sup.launch(async move { Err(Awkward { prints, drops }) });
        }
        sup.launch(async { checkpoint().await });
        let report = sup.join().await;
        assert_eq!((report.finished, report.failed), (1, 3));
    });
}

#[test]
fn nothing_of_a_task_is_retained_after_its_end() {
    both(async || {
        let (captured, thrown) = (Probes::new(), Probes::new());
        let sup = Failures::new().of("shop").build();
        for n in 0..9 {
            let (captured, thrown) = (captured.probe(), thrown.probe());
            sup.launch(async move {
                let _captured = captured;
                match n % 3 {
                    0 => Ok(()),
                    1 => Err(Box::new(Heavy(thrown))),
                    _ => std::panic::panic_any(thrown),
                }
            });
        }
        until(|| sup.live() == 0).await;
        captured.all_dropped(9);
        thrown.all_dropped(9);
        assert_eq!(sup.join().await.failed, 3);
    });
}

/// An error that holds a probe.
#[derive(Debug)]
struct Heavy(#[expect(dead_code, reason = "held to be dropped")] Probe);

impl fmt::Display for Heavy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("heavy")
    }
}

impl std::error::Error for Heavy {}

#[test]
fn live_and_the_counts_are_exact_while_tasks_come_and_go() {
    multi(async || {
        let sup = Failures::new().of("shop").build();
        let gate = CancellationToken::new();
        for n in 0..2000 {
            let gate = gate.clone();
            sup.launch(async move {
                if n % 4 > 0 {
                    gate.cancelled().await;
                }
                match n % 4 {
                    0 | 1 => Ok(()),
                    2 => Err(Fault("every fourth")),
                    _ => panic!("every fourth, too"),
                }
            });
        }
        until(|| sup.live() == 1500).await;
        gate.cancel();
        let report = sup.join().await;
        assert_eq!((report.finished, report.failed, report.panicked), (1000, 500, 500));
        assert_eq!(report.cancelled, 0);
    });
}

/// The hook runs on the failed task, before that leaves: so it may start the next one.
#[test]
fn a_hook_may_start_tasks_and_request_shutdown() {
    both(async || {
        let (send, spawner) = std::sync::mpsc::channel::<Spawner>();
        let spawner = Mutex::new(spawner);
        let restarts = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&restarts);
        let sup = Supervisor::builder("shop").on_failure(move |_| {
            let spawners = spawner.lock().expect("no thread panics");
            let spawner = spawners.recv().expect("one for each failure");
            if count.fetch_add(1, Ordering::SeqCst) < 2 {
                let restarted = spawner.launch(async { Err(Fault("again")) });
                restarted.expect("a supervisor with a task is open");
            } else {
                spawner.shutdown();
            }
        });
        let sup = sup.build();
        (0..3).for_each(|_| send.send(sup.spawner()).expect("the hook is alive"));
        sup.launch(async { Err(Fault("once")) });
        let report = sup.run_until(std::future::pending::<()>()).await;
        assert_eq!((report.failed, restarts.load(Ordering::SeqCst)), (3, 3));
    });
}
