//! Tests that fail, each in its way: a program of their own that `cargo test` does not run, but
//! `foster_test/fails.rs` does, one test a process.

#[expect(dead_code, unused_imports, reason = "the tests that pass use more of it")]
mod support;

use std::fmt;
use std::future::pending;
use std::time::Duration;

use foster::{Spawner, checkpoint, scope, shield};
use tokio::time::sleep;

use support::{Fault, OnDrop, block_until, poll_once, unowned};

fn says(what: &'static str) -> OnDrop<impl FnOnce() + Send> {
    OnDrop::new(move || println!("{what}"))
}

/// Starts a task that never ends by itself, and says when it is dropped.
fn launch_for_ever() {
    let said = says("the task was dropped");
    let task = async move {
        let _said = said;
        pending::<()>().await;
    };
    Spawner::current().launch(task).expect("the supervisor is open");
}

fn block_for_ever() {
    block_until(|| false);
}

#[foster::test]
async fn returns_an_error() -> Result<(), Fault> {
    launch_for_ever();
    checkpoint().await;
    println!("the body has run");
    Err(Fault("no luck"))
}

struct Unprintable;

impl fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("an error that cannot be printed")
    }
}

#[foster::test]
async fn returns_an_error_that_cannot_be_printed() -> Result<(), Unprintable> {
    Err(Unprintable)
}

#[foster::test(flavor = "multi_thread", worker_threads = 2)]
async fn panics() {
    launch_for_ever();
    let mut shield = shield!({
        sleep(Duration::from_millis(50)).await;
        println!("the payment was made");
    });
    assert!(poll_once(&mut shield).await.is_pending());
    panic!("no luck");
}

#[foster::test]
async fn panics_beside_a_blocking_thread() {
    tokio::task::spawn_blocking(block_for_ever);
    panic!("no luck");
}

#[foster::test]
async fn panics_after_a_tasks_error() {
    let task = async { Err(Fault("no paper")) };
    Spawner::current().launch(task).expect("the supervisor is open");
    checkpoint().await;
    panic!("no luck");
}

#[foster::test]
async fn leaves_tasks() {
    launch_for_ever();
    let stuck = scope!(|s| s.spawn(pending::<()>()).await).named("stuck");
    Spawner::current().launch(stuck).expect("the supervisor is open");
    let mut shield = shield!(pending::<()>().await).named("payment");
    assert!(poll_once(&mut shield).await.is_pending());
    println!("the body has run");
}

#[foster::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaves_a_task_to_a_worker() {
    launch_for_ever();
}

/// One is awaiting, one has not run, and one has ended.
#[foster::test]
async fn leaves_named_tasks_of_the_root() {
    let mut pay = shield!(pending::<()>().await).named("pay");
    let of_root = unowned(async move {
        assert!(poll_once(&mut pay).await.is_pending());
        let spawner = Spawner::current();
        spawner.task("fed").launch(async {}).expect("the root never ends");
        checkpoint().await;
        spawner.task("feed").launch(pending::<()>()).expect("the root never ends");
    });
    of_root.await.expect("it does not panic");
}

#[foster::test(start_paused = true)]
async fn leaves_a_task_of_the_root() {
    // In a task that foster does not own, nobody but the root is there to own it.
    let task = unowned(async {
        let mut shield = shield!(pending::<()>().await);
        assert!(poll_once(&mut shield).await.is_pending());
    });
    task.await.expect("it does not panic");
}

#[foster::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaves_foreign_tasks() {
    for task in [unowned(pending::<()>()), unowned(pending())] {
        drop(task);
    }
    unowned(checkpoint());
}

#[foster::test(start_paused = true)]
async fn leaves_both() {
    launch_for_ever();
    unowned(pending::<()>());
}

#[foster::test(timeout = "200ms")]
async fn hangs() {
    let _said = says("the body was dropped");
    println!("the body has begun");
    launch_for_ever();
    pending::<()>().await;
}

#[foster::test(timeout = "200ms")]
async fn blocks() {
    println!("the body has begun");
    block_for_ever();
}

#[foster::test(timeout = "200ms", flavor = "multi_thread", worker_threads = 1)]
async fn blocks_the_runtime() {
    tokio::task::spawn_blocking(block_for_ever);
}

#[foster::test(timeout = "1h")]
async fn blocks_in_a_task() {
    let task = async { std::thread::sleep(Duration::from_millis(1500)) };
    Spawner::current().launch(task).expect("the supervisor is open");
    launch_for_ever();
}

#[foster::test]
#[should_panic(expected = "no luck")]
async fn does_not_panic() {}
