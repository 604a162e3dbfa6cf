//! `endings WAY`: ends a `#[foster::main]` in one way; `entry.rs` looks at the exit code.
//!
//! It says on stdout how far it is, one line each, so that nobody has to guess when to send a signal.

use std::io;
use std::process::ExitCode;
use std::thread;

use foster::{Spawner, scope, shield};

mod bodies;
mod runtimes;
mod streams;
mod supervisors;
mod unheard;

fn main() -> ExitCode {
    let way = std::env::args().nth(1);
    match way.as_deref() {
        Some("joins") => joins(),
        Some("joins-a-server") => joins_a_server(),
        Some("fails") => fails(),
        Some("fails-and-forces") => fails_and_forces(),
        Some("panics") => panics(),
        Some("chooses") => chooses(),
        Some("drains") => drains(),
        Some("is-cancelled") => is_cancelled(),
        Some("hurries") => hurries(),
        Some("forces") => forces(),
        Some("abandons") => abandons(),
        Some("is-stuck") => is_stuck(),
        Some("is-stuck-in-its-body") => is_stuck_in_its_body(),
        Some("is-stuck-for-hours") => is_stuck_for_hours(),
        Some("is-stuck-behind-foster") => is_stuck_behind_foster(),
        Some("fails-in-a-task") => fails_in_a_task(),
        Some("serves") => serves(),
        Some("serves-for-ever") => serves_for_ever(),
        Some(way) => bodies::run(way)
            .or_else(|| runtimes::run(way))
            .or_else(|| streams::run(way))
            .or_else(|| supervisors::run(way))
            .or_else(|| unheard::run(way))
            .unwrap_or(ExitCode::from(2)),
        None => ExitCode::from(2),
    }
}

/// The body ends before its tasks do.
#[foster::main(worker_threads = 2)]
async fn joins() {
    let (send, body_ends) = tokio::sync::oneshot::channel();
    launch(async {
        body_ends.await.expect("the body says so");
        for _ in 0..100 {
            foster::checkpoint().await;
        }
        println!("the task has ended");
    });
    println!("the body has ended");
    send.send(()).expect("the task waits");
}

/// The body has started all there is, and only a signal ends it.
#[foster::main(worker_threads = 2, grace = "1h")]
async fn joins_a_server() {
    launch(async {
        println!("ready");
        foster::shutdown_requested().await;
        println!("the task was asked to end");
    });
}

/// The error starts the ladder, at whose first rung the task ends.
#[foster::main(flavor = "current_thread", grace = "1h")]
async fn fails() -> io::Result<()> {
    launch(async {
        foster::shutdown_requested().await;
        println!("the task was asked to end");
    });
    Err(io::Error::other("no more paper"))
}

#[foster::main(flavor = "current_thread", grace = "0s", cancel_within = "1s")]
async fn fails_and_forces() -> io::Result<()> {
    start_a_payment_that_hangs().await;
    Err(io::Error::other("no more paper"))
}

#[foster::main(flavor = "current_thread", grace = "1h")]
async fn panics() {
    launch(async {
        foster::shutdown_requested().await;
        println!("the task was asked to end");
    });
    panic!("the body gives up");
}

#[foster::main]
async fn chooses() -> ExitCode {
    ExitCode::from(7)
}

/// A service as it should be: it ends by itself once it was asked to.
#[foster::main(worker_threads = 2, grace = "1h")]
async fn drains() -> io::Result<()> {
    launch(async {
        foster::shutdown_requested().await;
        println!("the task was asked to end");
    });
    println!("ready");
    foster::shutdown_requested().await;
    Ok(())
}

/// Neither the body nor its task hears of the request.
#[foster::main(flavor = "current_thread", grace = "10ms", cancel_within = "1h")]
async fn is_cancelled() {
    let _body = Says("the body was dropped");
    launch(async {
        let _task = Says("the task was dropped");
        println!("ready");
        std::future::pending::<()>().await;
    });
    std::future::pending::<()>().await;
}

/// Only a second signal ends this one: the grace is longer than anybody waits.
#[foster::main(flavor = "current_thread", grace = "1h", cancel_within = "1h")]
async fn hurries() {
    let _body = Says("the body was dropped");
    println!("ready");
    foster::shutdown_requested().await;
    println!("asked to end");
    std::future::pending::<()>().await;
}

#[foster::main(flavor = "current_thread", grace = "0s", cancel_within = "1s")]
async fn forces() {
    start_a_payment_that_hangs().await;
    println!("ready");
    std::future::pending::<()>().await;
}

/// One of the workers never comes back from a poll.
#[foster::main(worker_threads = 3, grace = "0s", cancel_within = "100ms")]
async fn abandons() {
    launch(async {
        println!("ready");
        block_for_ever();
    });
    std::future::pending::<()>().await;
}

/// The only worker never comes back: nobody is left to run the ladder.
#[foster::main(flavor = "current_thread", grace = "50ms", cancel_within = "50ms")]
async fn is_stuck() {
    launch(async {
        println!("ready");
        block_for_ever();
    });
    std::future::pending::<()>().await;
}

#[foster::main(flavor = "current_thread", grace = "50ms", cancel_within = "50ms")]
async fn is_stuck_in_its_body() {
    println!("ready");
    block_for_ever();
}

/// Would take two hours, but for further signals.
#[foster::main(flavor = "current_thread", grace = "1h", cancel_within = "1h")]
async fn is_stuck_for_hours() {
    launch(async {
        println!("ready");
        block_for_ever();
    });
    std::future::pending::<()>().await;
}

/// All that foster owns ends, but a task that it knows nothing of holds the runtime.
#[foster::main(worker_threads = 2, grace = "50ms", cancel_within = "50ms")]
async fn is_stuck_behind_foster() {
    tokio::spawn(async {
        println!("ready");
        block_for_ever();
    });
    foster::shutdown_requested().await;
}

/// A failure that nobody asked for is shown, though no subscriber is there to hear of it.
#[foster::main(flavor = "current_thread")]
async fn fails_in_a_task() {
    let task = async { Err::<(), _>(io::Error::other("no more paper")) };
    Spawner::current().launch(task).expect("main's supervisor is open while its body runs");
}

/// As with a server that starts a task for each connection with `tokio::spawn`: a client has hung up
/// on a payment, and another one is being served.
#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn serves() {
    let (started, mut starts) = tokio::sync::mpsc::channel(2);
    let paying = started.clone();
    let lost = tokio::spawn(async move {
        let payment = shield!({
            paying.send(()).await.expect("the body waits");
            foster::shutdown_requested().await;
            (0..100).for_each(|_| thread::yield_now());
            println!("the payment is written");
        });
        payment.await;
    });
    tokio::spawn(async move {
        scope!(|s| {
            s.launch(async move {
                started.send(()).await.expect("the body waits");
                foster::shutdown_requested().await;
                println!("the request is answered");
            });
        })
        .await;
        foster::shutdown_requested().await; // is heard here, too
    });
    for _ in 0..2 {
        starts.recv().await.expect("both start");
    }
    lost.abort();
    println!("ready");
    foster::shutdown_requested().await;
}

/// What runs in a connection's task, and neither ends by itself.
#[foster::main(worker_threads = 2, grace = "10ms", cancel_within = "1s")]
async fn serves_for_ever() {
    let (started, mut starts) = tokio::sync::mpsc::channel(2);
    tokio::spawn(async move {
        scope!(|s| {
            let cancelled = started.clone();
            s.launch(async move {
                let _child = Says("the child was dropped");
                cancelled.send(()).await.expect("the body waits");
                std::future::pending::<()>().await;
            });
            shield!({
                started.send(()).await.expect("the body waits");
                std::future::pending::<()>().await;
            })
            .named("payment")
            .await;
        })
        .await;
    });
    for _ in 0..2 {
        starts.recv().await.expect("both start");
    }
    println!("ready");
    std::future::pending::<()>().await;
}

/// Polls a shield until it runs, and then lets go of it.
async fn start_a_payment_that_hangs() {
    let payment = shield!(std::future::pending::<()>().await).named("payment");
    tokio::select! {
        biased;
        () = payment => unreachable!("it hangs"),
        () = async {} => {}
    }
}

fn block_for_ever() -> ! {
    loop {
        thread::park();
    }
}

/// Starts a task in the supervisor of `main`, which is ambient in its body.
#[track_caller]
fn launch(task: impl Future<Output = ()> + Send + 'static) {
    Spawner::current().launch(task).expect("main's supervisor is open while its body runs");
}

/// Says something when it is dropped.
struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}
