//! What becomes of the body at the end of a shutdown.

use std::future::pending;
use std::io;
use std::process::ExitCode;

use foster::{Spawner, cancel_reason, scope};
use tokio::sync::mpsc;

use crate::{Says, block_for_ever, launch};

pub(crate) fn run(way: &str) -> Option<ExitCode> {
    Some(match way {
        "is-cut" => is_cut(),
        "is-cut-with-a-panic" => is_cut_with_a_panic(),
        "outlasts-the-others" => outlasts_the_others(),
        "is-busy" => is_busy(),
        "fails-and-is-stuck" => fails_and_is_stuck(),
        "panics-and-is-stuck" => panics_and_is_stuck(),
        _ => return None,
    })
}

/// Says why it is cancelled, when it is dropped.
struct SaysWhy(&'static str);

impl Drop for SaysWhy {
    fn drop(&mut self) {
        println!("{}: {:?}", self.0, cancel_reason());
    }
}

/// The body waits in a scope of its own, which is left alone as long as the body is.
#[foster::main(flavor = "current_thread", grace = "10ms", cancel_within = "1h")]
async fn is_cut() {
    let _body = SaysWhy("the body was dropped");
    launch(async {
        let _task = SaysWhy("the task was dropped");
        println!("ready");
        pending::<()>().await;
    });
    scope!(|s| {
        s.launch(async {
            let _child = SaysWhy("the child was dropped");
            pending::<()>().await;
        });
        pending::<()>().await;
    })
    .await;
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("the body does not go quietly");
    }
}

#[foster::main(flavor = "current_thread", grace = "10ms", cancel_within = "1h")]
async fn is_cut_with_a_panic() {
    let _body = Panics;
    println!("ready");
    pending::<()>().await;
}

/// The body has something to say once the rest has been cancelled.
#[foster::main(worker_threads = 2, grace = "10ms", cancel_within = "1h")]
async fn outlasts_the_others() -> ExitCode {
    let (gone, mut goes) = mpsc::channel::<()>(1);
    launch(async {
        let _gone = gone;
        println!("ready");
        pending::<()>().await;
    });
    goes.recv().await;
    println!("the others have ended");
    ExitCode::from(7)
}

/// The body uses up the budget of its task in each poll, and never waits for anything.
#[foster::main(flavor = "current_thread", grace = "1h", cancel_within = "1h")]
async fn is_busy() {
    let (send, mut work) = mpsc::unbounded_channel();
    let mut is_asked = false;
    println!("ready");
    loop {
        if !is_asked && Spawner::current().is_shutting_down() {
            is_asked = true;
            println!("asked to end");
        }
        send.send(()).expect("the receiver is here");
        work.recv().await.expect("the sender is here");
    }
}

/// Nobody runs the ladder that the error starts.
#[foster::main(flavor = "current_thread", grace = "50ms", cancel_within = "50ms")]
async fn fails_and_is_stuck() -> io::Result<()> {
    let _body = Says("the body was dropped");
    launch(async { block_for_ever() });
    Err(io::Error::other("no more paper"))
}

#[foster::main(flavor = "current_thread", grace = "50ms", cancel_within = "50ms")]
async fn panics_and_is_stuck() {
    launch(async { block_for_ever() });
    panic!("the body gives up");
}
