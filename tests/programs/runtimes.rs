//! How the runtime begins and ends.

use std::future::pending;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::{fs, io, thread};

use foster::{scope, shield};
use tokio::io::AsyncReadExt as _;
use tokio::runtime;
use tokio::task::yield_now;

use crate::{Says, block_for_ever};

pub(crate) fn run(way: &str) -> Option<ExitCode> {
    Some(match way {
        "reads" => reads(),
        "reads-and-fails" => reads_and_fails(),
        "reads-until-a-signal" => reads_until_a_signal(),
        "blocks-in-a-destructor" => blocks_in_a_destructor(),
        "has-a-second-runtime" => has_a_second_runtime(),
        "has-a-second-runtime-that-hangs" => has_a_second_runtime_that_hangs(),
        "awaits-a-library" => awaits_a_library(),
        "looks-at-its-signals" => {
            thread::spawn(|| SEEN.set(is_term_caught_before_workers()));
            looks_at_its_signals()
        }
        _ => return None,
    })
}

/// A shield awaits a bare task, as a library starts one, which awaits a scope: the root's.
#[foster::main(worker_threads = 2, grace = "0s", cancel_within = "1h")]
async fn awaits_a_library() {
    let started = std::sync::Arc::new(tokio::sync::Notify::new());
    let starts = std::sync::Arc::clone(&started);
    let pays = shield!({
        let library = tokio::spawn(async move {
            scope!(|s| {
                starts.notify_one();
                s.spawn(pending::<()>()).await;
            })
            .await;
        });
        let told = library.await.expect_err("it is told that it waits for nothing").is_panic();
        println!("the library was told: {told}");
    });
    foster::Spawner::current().launch(pays).expect("the supervisor is open");
    started.notified().await;
    println!("ready");
    foster::shutdown_requested().await;
}

async fn read() -> io::Result<()> {
    tokio::io::stdin().read_u8().await.map(drop)
}

/// Starts a read that nothing stops, and forgets it.
async fn begin_to_read() {
    tokio::select! {
        biased;
        _ = read() => println!("there was something to read"),
        () = yield_now() => {}
    }
}

#[foster::main(worker_threads = 2)]
async fn reads() {
    begin_to_read().await;
}

#[foster::main(flavor = "current_thread")]
async fn reads_and_fails() -> io::Result<()> {
    begin_to_read().await;
    Err(io::Error::other("no more paper"))
}

#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn reads_until_a_signal() -> ExitCode {
    begin_to_read().await;
    println!("ready");
    foster::shutdown_requested().await;
    ExitCode::from(7)
}

struct Blocks;

impl Drop for Blocks {
    fn drop(&mut self) {
        block_for_ever();
    }
}

/// A task of tokio's is dropped with the runtime, and its destructor does not return.
#[foster::main(flavor = "current_thread")]
async fn blocks_in_a_destructor() -> ExitCode {
    tokio::spawn(async {
        let _blocks = Blocks;
        pending::<()>().await;
    });
    yield_now().await;
    ExitCode::from(7)
}

/// Runs work on a runtime of its own, as the workers of some servers do.
fn elsewhere(work: impl Future<Output = ()> + Send + 'static) {
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("it can be built").block_on(work);
    });
}

#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn has_a_second_runtime() {
    let (started, starts) = tokio::sync::oneshot::channel();
    elsewhere(async {
        scope!(|s| {
            s.launch(async {
                started.send(()).expect("the body waits");
                foster::shutdown_requested().await;
                println!("the request is answered");
            });
        })
        .await;
        shield!({
            (0..100).for_each(|_| thread::yield_now());
            yield_now().await;
            println!("the payment is written");
        })
        .await;
        pending::<()>().await;
    });
    starts.await.expect("it starts");
    println!("ready");
    foster::shutdown_requested().await;
}

#[foster::main(worker_threads = 2, grace = "10ms", cancel_within = "1s")]
async fn has_a_second_runtime_that_hangs() {
    let (started, mut starts) = tokio::sync::mpsc::channel(2);
    elsewhere(async {
        scope!(|s| {
            let child = started.clone();
            s.launch(async move {
                let _child = Says("the child was dropped");
                child.send(()).await.expect("the body waits");
                pending::<()>().await;
            });
            shield!({
                started.send(()).await.expect("the body waits");
                pending::<()>().await;
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
    foster::shutdown_requested().await;
}

static SEEN: OnceLock<bool> = OnceLock::new();

#[foster::main(worker_threads = 64)]
async fn looks_at_its_signals() {
    println!("{}", SEEN.wait());
}

/// Whether this process caught SIGTERM when the first worker of a runtime was there.
fn is_term_caught_before_workers() -> bool {
    while !has_worker() {}
    let status = fs::read_to_string("/proc/self/status").expect("a process has a status");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.expect("it is a mask") & (1 << 14) != 0
}

fn has_worker() -> bool {
    let threads = fs::read_dir("/proc/self/task").expect("a process has threads");
    threads.flatten().any(|thread| {
        let name = fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        name.starts_with("tokio-rt")
    })
}
