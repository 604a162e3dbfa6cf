//! How a `#[foster::test]` fails: what its process says, and its exit code.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::timeout;

use crate::support::NEVER;

/// Far more than any of the tests takes.
const LIMIT: Duration = Duration::from_secs(40);

/// The exit code of the harness when a test has failed.
const FAILED: Option<i32> = Some(101);

/// The program of the failing tests, which `cargo test` does not build.
static HARNESS: LazyLock<PathBuf> = LazyLock::new(|| {
    let build = std::process::Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--package", "foster-tests", "--test", "failing", "--no-run"])
        .args(["--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    let told = String::from_utf8(build.stdout).expect("cargo writes JSON");
    let mut paths = told.lines().filter_map(|line| {
        let (_, path) = line.split_once("\"executable\":\"")?;
        Some(PathBuf::from(path.split_once('"')?.0))
    });
    // Beside it the one that `entry.rs` runs.
    paths.find(|path| !path.ends_with("endings")).expect("the program is built")
});

/// Runs one test of `failing.rs`, which fails, and returns what the harness tells of it.
async fn failure_of(name: &str) -> String {
    let run = Command::new(&*HARNESS)
        .args([name, "--exact"])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = timeout(LIMIT, run).await.unwrap_or_else(|_| panic!("`{name}` hangs"));
    let run = run.expect("the harness runs");
    let (told, elsewhere) = (run.stdout, run.stderr);
    let told = String::from_utf8(told).expect("it is text");
    assert_eq!(run.status.code(), FAILED, "{told}");
    assert!(told.contains("1 failed"), "{told}");
    assert_eq!(String::from_utf8_lossy(&elsewhere), "", "all that it prints is captured");
    told
}

/// The line of `failing.rs` that has `text`, as reports name it.
fn place_of(text: &str) -> String {
    let lines = include_str!("../failing.rs").lines();
    let at = lines.enumerate().find(|(_, line)| line.contains(text));
    format!("tests/failing.rs:{}:", at.expect("it is there").0 + 1)
}

/// Checks that one task is told to be alive whose name has `name` in it, and that was started there.
#[track_caller]
fn assert_alive(told: &str, name: &str, place: &str) {
    let is_it =
        |line: &&str| line.starts_with("  alive: ") && line.contains(name) && line.contains(place);
    assert_eq!(told.lines().filter(is_it).count(), 1, "{name} at {place}: {told}");
}

#[foster::test]
async fn an_error_is_printed_as_std_does_and_what_is_left_is_cancelled() {
    let told = failure_of("returns_an_error").await;
    let lines = "\nthe body has run\nthe task was dropped\nError: Fault(\"no luck\")\n";
    assert!(told.contains(lines), "{told}");
    assert!(!told.contains("panicked"), "{told}");
}

#[foster::test]
async fn an_error_whose_debug_panics_fails_with_that() {
    let told = failure_of("returns_an_error_that_cannot_be_printed").await;
    assert!(told.contains("\nan error that cannot be printed\n"), "{told}");
}

#[foster::test]
async fn a_panic_is_told_once_and_what_is_left_is_cancelled() {
    let told = failure_of("panics").await;
    assert_eq!(told.matches("panicked at").count(), 1, "{told}");
    assert!(told.contains(&place_of("panic!(\"no luck\")")), "{told}");
    assert!(told.contains("\nno luck\n"), "{told}");
    assert!(told.contains("\nthe task was dropped\n"), "{told}");
    assert!(told.contains("\nthe payment was made\n"), "a shield finishes: {told}");
    assert!(!told.contains("still alive"), "{told}");
}

#[foster::test]
async fn a_panic_does_not_wait_for_a_blocking_thread() {
    let _built = &*HARNESS;
    let start = Instant::now();
    let told = failure_of("panics_beside_a_blocking_thread").await;
    assert!(told.contains("\nno luck\n"), "{told}");
    assert!(start.elapsed() < NEVER / 2, "{told}");
}

#[foster::test]
async fn tasks_that_are_left_are_named_with_their_places_and_cancelled() {
    let told = failure_of("leaves_tasks").await;
    assert!(told.contains("\n4 tasks are still alive after the test's body\n"), "{told}");
    assert_alive(&told, "launch_for_ever", &place_of("launch(task).expect("));
    assert_alive(&told, "`payment`", &place_of("named(\"payment\")"));
    assert_alive(&told, "`stuck`", &place_of("named(\"stuck\")"));
    assert!(told.contains("\nthe body has run\nthe task was dropped\n"), "{told}");
    assert!(!told.contains("tokio task"), "once cancelled they are gone: {told}");
}

#[foster::test]
async fn a_task_that_is_left_to_a_worker_is_named_and_cancelled() {
    let told = failure_of("leaves_a_task_to_a_worker").await;
    assert!(told.contains("\n1 task is still alive after the test's body\n  alive: "), "{told}");
    assert!(told.contains("\nthe task was dropped\n"), "{told}");
}

#[foster::test]
async fn a_task_that_the_root_owns_is_named() {
    let told = failure_of("leaves_a_task_of_the_root").await;
    assert!(told.contains("\n1 task is still alive after the test's body\n  alive: "), "{told}");
    assert!(told.contains(&place_of("shield!(pending::<()>().await);")), "{told}");
    assert!(!told.contains("tokio task"), "it is foster's: {told}");
}

#[foster::test]
async fn tasks_that_the_root_owns_keep_their_names_and_are_told_once() {
    let told = failure_of("leaves_named_tasks_of_the_root").await;
    assert!(told.contains("\n2 tasks are still alive after the test's body\n  alive: "), "{told}");
    assert_alive(&told, "`pay`", &place_of("named(\"pay\")"));
    assert_alive(&told, "`feed`", &place_of("task(\"feed\")"));
}

#[foster::test]
async fn foreign_tasks_are_counted() {
    let told = failure_of("leaves_foreign_tasks").await;
    let lines = "\n2 tokio tasks that foster does not own are still alive\nhelp: ";
    assert!(told.contains(lines) && told.contains("(allow_foreign)"), "{told}");
    assert!(!told.contains("after the test's body"), "{told}");
}

#[foster::test]
async fn foreign_tasks_are_told_from_fosters() {
    let told = failure_of("leaves_both").await;
    assert!(told.contains("\n1 task is still alive after the test's body\n  alive: "), "{told}");
    assert!(told.contains("\n1 tokio task that foster does not own is still alive\n"), "{told}");
}

#[foster::test]
async fn a_test_that_hangs_fails_in_time_and_names_what_is_alive() {
    let told = failure_of("hangs").await;
    assert!(told.contains("\nthe test has not ended within 200ms\n  alive: "), "{told}");
    assert_alive(&told, "`hangs`", &place_of("#[foster::test(timeout = \"200ms\")]"));
    assert_alive(&told, "launch_for_ever", &place_of("launch(task).expect("));
    assert!(told.contains("\nthe body has begun\n"), "{told}");
}

#[foster::test]
async fn a_body_that_blocks_is_given_up() {
    let told = failure_of("blocks").await;
    let body = "\nthe test has not ended within 200ms\n  alive: `blocks` started at ";
    assert!(told.contains(body), "{told}");
    assert!(told.contains("\nthe body has begun\n"), "{told}");
}

#[foster::test]
async fn a_runtime_that_does_not_end_is_given_up() {
    let told = failure_of("blocks_the_runtime").await;
    assert!(told.contains("\nthe test has not ended within 200ms\n"), "{told}");
    assert!(!told.contains("alive"), "only a thread is: {told}");
}

#[foster::test]
async fn what_failed_under_the_supervisor_is_shown() {
    let told = failure_of("panics_after_a_tasks_error").await;
    assert!(told.contains(" failed: no paper\n"), "{told}");
}

/// As long as it blocks, nobody can look; after that the other one is found.
#[foster::test]
async fn a_task_that_blocks_for_a_while_does_not_hide_another() {
    let told = failure_of("blocks_in_a_task").await;
    assert!(told.contains("\n1 task is still alive after the test's body\n"), "{told}");
}

#[foster::test]
async fn a_panic_that_does_not_come_is_missed() {
    let told = failure_of("does_not_panic").await;
    assert!(told.contains("test did not panic as expected"), "{told}");
}
