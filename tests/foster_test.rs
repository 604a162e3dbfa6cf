//! `#[foster::test]` (design 2.5): tests that pass, written with it. In `fails`, those that fail,
//! each in a process of its own.

mod fails;

use std::future::pending;
use std::process::ExitCode;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use foster::{Spawner, checkpoint, scope, shutdown_requested, supervised};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::{Instant, sleep};

use crate::support::{Fault, unowned};

const SECOND: Duration = Duration::from_secs(1);

#[foster::test]
async fn the_body_may_hold_what_is_not_send() {
    let shared = Rc::new(1);
    checkpoint().await;
    assert_eq!(Rc::strong_count(&shared), 1);
}

#[foster::test]
async fn the_body_may_use_the_question_mark() -> Result<(), Fault> {
    let value: Result<u32, Fault> = Ok(1);
    assert_eq!(value?, 1);
    Ok(())
}

#[foster::test]
async fn the_body_may_choose_an_exit_code() -> ExitCode {
    checkpoint().await;
    ExitCode::SUCCESS
}

#[foster::test]
#[should_panic(expected = "with its message")]
async fn a_panic_is_resumed() {
    checkpoint().await;
    panic!("a panic {}", "with its message");
}

#[should_panic(expected = "in a child")]
#[foster::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_a_scopes_child_is_the_bodys() -> ! {
    scope!(|s| {
        s.launch(async { panic!("in a child") });
        pending::<()>().await;
    })
    .await;
    unreachable!("the scope panics")
}

#[foster::test]
async fn the_runtime_has_one_thread_of_the_tests_name() {
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
    let name = thread::current().name().map(str::to_owned);
    // With `--test-threads=1` the harness itself runs the test.
    let names = ["main", "foster_test::the_runtime_has_one_thread_of_the_tests_name"];
    assert!(names.into_iter().any(|known| name.as_deref() == Some(known)), "{name:?}");
}

#[foster::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_runtime_has_as_many_workers_as_wished() {
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::MultiThread);
    assert_eq!(Handle::current().metrics().num_workers(), 3);
}

#[foster::test(start_paused = true)]
async fn a_paused_clock_passes_by_itself() {
    let (clock, real) = (Instant::now(), std::time::Instant::now());
    sleep(3600 * SECOND).await;
    assert!(clock.elapsed() >= 3600 * SECOND && real.elapsed() < 3600 * SECOND);
}

#[foster::test]
async fn the_body_runs_under_a_root_supervisor_that_hears_requests() {
    let spawner = Spawner::current();
    assert_eq!(spawner.live(), 1, "the body is a task like any other");
    let (send, heard) = tokio::sync::oneshot::channel();
    let task = async move {
        shutdown_requested().await;
        send.send(()).expect("the body waits");
    };
    spawner.launch(task).expect("the supervisor is open");
    spawner.shutdown();
    heard.await.expect("the task hears of it");
}

#[foster::test(start_paused = true)]
async fn tasks_may_take_a_moment_to_end() {
    let later = async { sleep(SECOND * 9 / 10).await };
    Spawner::current().launch(later).expect("the supervisor is open");
    unowned(async { sleep(SECOND * 9 / 10).await });
}

#[foster::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_may_end_in_parallel_to_the_body() {
    for _ in 0..100 {
        Spawner::current().launch(checkpoint()).expect("the supervisor is open");
        unowned(checkpoint());
    }
}

#[foster::test(allow_foreign)]
async fn foreign_tasks_may_be_left_where_they_are_allowed() {
    unowned(pending::<()>());
    checkpoint().await;
}

#[foster::test(allow_foreign = true, flavor = "multi_thread", worker_threads = 1, timeout = "2m")]
async fn foreign_tasks_may_be_left_to_a_worker() {
    unowned(pending::<()>());
}

#[supervised(s)]
#[foster::test]
async fn the_body_may_be_a_scope() {
    assert_eq!(s.spawn(async { 1 }).await, 1);
}

#[foster::test(crate = ::foster, allow_foreign = false)]
async fn r#async() {
    checkpoint().await;
}
