//! `#[foster::main]` on real processes: exit codes, signals, and what is printed (design 2.5).

mod bodies;
mod program;
mod resources;
mod runtimes;
mod streams;
mod supervisors;

use std::time::Duration;

use program::Program;
use rustix::process::Signal;

#[tokio::test]
async fn a_body_that_ends_well_joins_its_tasks_and_exits_with_0() {
    let ended = Program::start("joins").end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.said, ["the body has ended", "the task has ended"]);
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn an_error_is_printed_as_std_does_and_exits_with_1() {
    let ended = Program::start("fails").end().await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.said, ["the task was asked to end"], "an error starts the ladder");
    let error = std::io::Error::other("no more paper");
    assert_eq!(ended.stderr, format!("Error: {error:?}\n"));
}

#[tokio::test]
async fn a_panic_runs_the_ladder_and_exits_with_101() {
    let ended = Program::start("panics").end().await;
    assert_eq!(ended.code, Some(101), "{}", ended.stderr);
    assert_eq!(ended.said, ["the task was asked to end"]);
    assert_eq!(ended.stderr.matches("the body gives up").count(), 1, "{}", ended.stderr);
}

#[tokio::test]
async fn an_exit_code_of_the_body_is_the_programs() {
    let ended = Program::start("chooses").end().await;
    assert_eq!(ended.code, Some(7), "{}", ended.stderr);
}

#[tokio::test]
async fn sigterm_and_sigint_let_the_body_and_its_tasks_end_and_exit_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = Program::start("drains");
        program.says("ready").await;
        program.signal(signal);
        let ended = program.end().await;
        assert_eq!(ended.code, Some(0), "{signal:?}: {}", ended.stderr);
        assert_eq!(ended.said, ["ready", "the task was asked to end"], "{signal:?}");
        assert_eq!(ended.stderr, "", "{signal:?}");
    }
}

#[tokio::test]
async fn a_signal_also_ends_a_program_whose_body_has_ended() {
    let mut program = Program::start("joins-a-server");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.said, ["ready", "the task was asked to end"]);
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cancelled_and_the_body_goes_last() {
    let mut program = Program::start("is-cancelled");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(69), "{}", ended.stderr);
    assert_eq!(ended.said, ["ready", "the task was dropped", "the body was dropped"]);
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_the_end_of_the_grace() {
    let mut program = Program::start("hurries");
    program.says("ready").await;
    program.signal(Signal::TERM);
    program.says("asked to end").await;
    program.signal(Signal::INT);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(69), "{}", ended.stderr);
    assert_eq!(ended.said, ["ready", "asked to end", "the body was dropped"]);
}

#[tokio::test]
async fn a_forced_shield_is_named_in_the_report_and_exits_with_70() {
    let mut program = Program::start("forces");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(70), "{}", ended.stderr);
    let report = ended.stderr;
    assert!(report.contains("\nmain: "), "{report}");
    assert!(report.contains("1 forced, 0 abandoned"), "{report}");
    assert!(report.contains("\n  forced: `payment` started at "), "{report}");
}

#[tokio::test]
async fn an_error_that_also_lost_work_is_printed_and_exits_with_70() {
    let ended = Program::start("fails-and-forces").end().await;
    assert_eq!(ended.code, Some(70), "{}", ended.stderr);
    assert!(ended.stderr.contains("\n  forced: `payment` started at "), "{}", ended.stderr);
    assert!(ended.stderr.contains("Error: Custom"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_poll_that_never_returns_is_abandoned_by_name_and_exits_with_70() {
    let mut program = Program::start("abandons");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(70), "{}", ended.stderr);
    assert!(ended.stderr.contains("0 forced, 1 abandoned"), "{}", ended.stderr);
    assert!(ended.stderr.contains("programs/endings.rs:"), "{}", ended.stderr);
}

/// Nobody runs the ladder in such a runtime: the watchdog ends the process (R11).
#[tokio::test]
async fn a_runtime_without_a_free_worker_ends_with_the_report_and_70() {
    for way in ["is-stuck", "is-stuck-in-its-body"] {
        let mut program = Program::start(way);
        program.says("ready").await;
        program.signal(Signal::TERM);
        let ended = program.end().await;
        assert_eq!(ended.code, Some(70), "{way}: {}", ended.stderr);
        assert!(ended.stderr.contains("\n  abandoned: "), "{way}: {}", ended.stderr);
        assert!(ended.stderr.contains("programs/endings.rs:"), "{way}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn further_signals_hurry_the_watchdog_too() {
    let mut program = Program::start("is-stuck-for-hours");
    program.says("ready").await;
    for _ in 0..4 {
        program.signal(Signal::TERM);
        // Two that come at once may count as one, as signals do.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = program.end().await;
    assert_eq!(ended.code, Some(70), "{}", ended.stderr);
    assert!(ended.stderr.contains("2 abandoned"), "the task and the body: {}", ended.stderr);
}

#[tokio::test]
async fn a_foreign_task_that_holds_the_runtime_does_not_hold_the_process() {
    let mut program = Program::start("is-stuck-behind-foster");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("foster does not own was left behind"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_failed_task_is_shown_without_a_subscriber() {
    let ended = Program::start("fails-in-a-task").end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("failed: no more paper"), "{}", ended.stderr);
    assert!(ended.stderr.contains("programs/endings.rs:"), "{}", ended.stderr);
}

#[tokio::test]
async fn failures_that_nobody_hears_are_told_once_on_standard_error() {
    let ended = Program::start("is-unheard").end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("a failure is lost").count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("failed: the mailer is gone"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("the printer is gone"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_failed_task_is_shown_where_a_filter_keeps_it_from_the_subscriber() {
    let ended = Program::start("is-filtered-out").end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("failed: the mailer is gone"), "{}", ended.stderr);
}

/// Most servers start a task for each connection themselves. What a handler opens there has no other
/// owner than the root, and the supervisor of `main` answers for that.
#[tokio::test]
async fn what_foreign_tasks_opened_is_asked_to_end_and_waited_for() {
    let mut program = Program::start("serves");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut said = ended.said[1..].to_vec();
    said.sort();
    assert_eq!(said, ["the payment is written", "the request is answered"]);
}

#[tokio::test]
async fn what_foreign_tasks_opened_is_cancelled_and_forced_on_the_rungs() {
    let mut program = Program::start("serves-for-ever");
    program.says("ready").await;
    program.signal(Signal::TERM);
    let ended = program.end().await;
    assert_eq!(ended.code, Some(70), "{}", ended.stderr);
    assert_eq!(ended.said, ["ready", "the child was dropped"]);
    assert!(ended.stderr.contains("\n  forced: `payment` started at "), "{}", ended.stderr);
    assert!(ended.stderr.contains("0 abandoned"), "{}", ended.stderr);
}
