//! Runtimes: how that of `main` ends, and what is in others.

use super::program::Program;

/// What is said of blocking work that is left.
const LEFT: &str = "foster: blocking work that foster does not own was left behind";

#[tokio::test]
async fn a_read_of_standard_input_does_not_hold_a_clean_end() {
    let ended = Program::start("reads").end().await;
    ended.expect_code(0);
    assert!(ended.stderr.starts_with(LEFT), "{}", ended.stderr);
}

#[tokio::test]
async fn a_read_of_standard_input_does_not_change_the_outcome_of_a_shutdown() {
    let ended = Program::start("reads-until-a-signal").end_when_ready().await;
    ended.expect_code(7);
    assert!(ended.stderr.starts_with(LEFT), "{}", ended.stderr);
}

#[tokio::test]
async fn an_error_is_printed_before_the_runtime_ends() {
    let ended = Program::start("reads-and-fails").end().await;
    ended.expect_code(1);
    let (error, left) = ended.stderr.split_once('\n').expect("two lines");
    assert!(error.starts_with("Error: Custom") && left.starts_with(LEFT), "{}", ended.stderr);
}

#[tokio::test]
async fn a_destructor_that_blocks_does_not_hold_the_end_of_the_runtime() {
    let ended = Program::start("blocks-in-a-destructor").end().await;
    ended.expect_code(7);
    ended.expect_error(LEFT);
}

/// The cancel rung reaches the scope, and nobody drops the task that awaits it.
#[tokio::test]
async fn a_bare_task_that_awaits_a_cancelled_scope_does_not_hold_the_shield_around_it() {
    let ended = Program::start("awaits-a-library").end_when_ready().await;
    ended.expect_code(0);
    assert_eq!(ended.said, ["ready", "the library was told: true"]);
}

#[tokio::test]
async fn what_is_in_a_second_runtime_is_asked_to_end_and_waited_for() {
    let ended = Program::start("has-a-second-runtime").end_when_ready().await;
    ended.expect_code(0);
    assert_eq!(ended.said, ["ready", "the request is answered", "the payment is written"]);
}

#[tokio::test]
async fn what_is_in_a_second_runtime_is_cancelled_and_forced_on_the_rungs() {
    let ended = Program::start("has-a-second-runtime-that-hangs").end_when_ready().await;
    ended.expect_code(70);
    assert_eq!(ended.said, ["ready", "the child was dropped"]);
    ended.expect_error("\n  forced: `payment` started at ");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn signals_are_taken_over_before_the_runtime_is_built() {
    let ended = Program::start("looks-at-its-signals").end().await;
    ended.expect_code(0);
    assert_eq!(ended.said, ["true"]);
}
