//! The body goes last, and what it ends with is never lost.

use rustix::process::Signal;

use super::program::Program;

#[tokio::test]
async fn a_body_that_does_not_end_is_cut_after_all_others_told_and_exits_with_69() {
    let ended = Program::start("is-cut").end_when_ready().await;
    ended.expect_code(69);
    let shutdown = "Some(Shutdown)";
    let said = ["task", "child", "body"].map(|who| format!("the {who} was dropped: {shutdown}"));
    // The child is cancelled with the body, and waited for.
    let mut after = ended.said[2..].to_vec();
    after.sort();
    assert_eq!(ended.said[1], said[0], "{:?}", ended.said);
    assert_eq!(after, [said[2].clone(), said[1].clone()]);
    assert!(ended.stderr.starts_with("`main` started at "), "{}", ended.stderr);
    ended.expect_error("programs/bodies.rs:");
    ended.expect_error(" was cut at the end of the shutdown");
}

#[tokio::test]
async fn a_cut_body_counts_as_cancelled() {
    let ended = Program::start("forces").end_when_ready().await;
    ended.expect_code(70);
    ended.expect_error(" was cut at the end of the shutdown");
    ended.expect_error("2 cancelled, 1 forced, 0 abandoned");
}

#[tokio::test]
async fn a_panic_of_a_body_that_is_cut_exits_with_101() {
    let ended = Program::start("is-cut-with-a-panic").end_when_ready().await;
    ended.expect_code(101);
    ended.expect_error("the body does not go quietly");
}

#[tokio::test]
async fn a_body_may_end_by_itself_once_the_others_have_been_cancelled() {
    let ended = Program::start("outlasts-the-others").end_when_ready().await;
    ended.expect_code(7);
    assert_eq!(ended.said, ["ready", "the others have ended"]);
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn a_busy_body_starves_neither_the_first_signal_nor_the_second() {
    let mut program = Program::start("is-busy");
    program.says("ready").await;
    program.signal(Signal::TERM);
    program.says("asked to end").await;
    program.signal(Signal::INT);
    program.end().await.expect_code(69);
}

#[tokio::test]
async fn an_error_is_printed_also_when_the_watchdog_ends_the_process() {
    let ended = Program::start("fails-and-is-stuck").end().await;
    ended.expect_code(70);
    assert!(ended.stderr.starts_with("Error: Custom"), "{}", ended.stderr);
    ended.expect_error("0 forced, 1 abandoned");
}

#[tokio::test]
async fn a_panic_outranks_what_the_watchdog_finds() {
    let ended = Program::start("panics-and-is-stuck").end().await;
    ended.expect_code(101);
    ended.expect_error("0 forced, 1 abandoned");
}
