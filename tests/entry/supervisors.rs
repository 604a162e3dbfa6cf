//! Supervisors that live where nobody waits for them.

use super::program::{Ended, Program};

#[track_caller]
fn is_saved(ended: &Ended) {
    ended.expect_code(0);
    let said: Vec<_> = ended.said.iter().filter(|line| *line != "ready").collect();
    assert_eq!(said, ["saved", "the payment is written"]);
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn one_in_a_static_is_asked_to_end_and_waited_for() {
    is_saved(&Program::start("has-a-static").end_when_ready().await);
}

#[tokio::test]
async fn one_that_was_built_before_main_began_is_asked_to_end_and_waited_for() {
    is_saved(&Program::start("had-a-static-before").end_when_ready().await);
}

/// What has no end of its own would be waited for without one.
#[tokio::test]
async fn one_in_a_static_gets_a_ladder_at_a_normal_end() {
    is_saved(&Program::start("ends-before-its-static").end().await);
}

#[tokio::test]
async fn one_in_a_static_is_cancelled_forced_and_named() {
    let ended = Program::start("has-a-static-that-hangs").end_when_ready().await;
    ended.expect_code(70);
    assert_eq!(ended.said, ["ready", "the worker was dropped"]);
    ended.expect_error("1 forced, 0 abandoned");
    ended.expect_error("\n  forced: `payment` started at ");
}

/// The ladder of `main` waits for it, and lets the body say what came of it.
#[tokio::test]
async fn one_in_the_body_gets_to_tell_its_report_every_time() {
    for _ in 0..5 {
        let ended = Program::start("prints-a-report").end_when_ready().await;
        ended.expect_code(7);
        assert_eq!(ended.said, ["ready", "1 were cancelled"]);
    }
}

/// Each hangs by now from what is above the one that it was built below.
#[tokio::test]
async fn one_that_outlives_those_above_it_is_asked_to_end_and_waited_for() {
    let ended = Program::start("swarms").end().await;
    ended.expect_code(0);
    assert_eq!(ended.said, vec!["one of the swarm has ended"; 40]);
}
