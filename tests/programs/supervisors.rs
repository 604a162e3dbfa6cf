//! Supervisors that nothing around them waits for: the one of `main` does.

use std::future::pending;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};
use std::thread;

use foster::{Supervisor, shield};
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

use crate::Says;

pub(crate) fn run(way: &str) -> Option<ExitCode> {
    Some(match way {
        "has-a-static" => has_a_static(),
        "ends-before-its-static" => ends_before_its_static(),
        "had-a-static-before" => {
            BACKGROUND.get_or_init(|| Supervisor::builder("background").build());
            has_a_static()
        }
        "has-a-static-that-hangs" => has_a_static_that_hangs(),
        "prints-a-report" => prints_a_report(),
        "swarms" => swarms(),
        _ => return None,
    })
}

/// How many supervisors `swarms` leaves, each with a task that says so.
const SWARM: usize = 40;

static LEFT: Mutex<Vec<Supervisor>> = Mutex::new(Vec::new());

static BACKGROUND: OnceLock<Supervisor> = OnceLock::new();

/// Starts a worker that saves and a payment that is written, both only after the request, and when the
/// body, which holds what is returned, has ended.
async fn start() -> mpsc::Sender<()> {
    let background = BACKGROUND.get_or_init(|| Supervisor::builder("background").build());
    let (started, mut starts) = mpsc::channel(2);
    let worker = started.clone();
    let (body, mut ends) = mpsc::channel::<()>(1);
    let (tell, is_saved) = oneshot::channel();
    background.launch(async move {
        worker.send(()).await.expect("the body waits");
        foster::shutdown_requested().await;
        ends.recv().await;
        for _ in 0..1000 {
            yield_now().await;
        }
        println!("saved");
        tell.send(()).expect("the payment waits");
    });
    background.launch(async move {
        shield!({
            started.send(()).await.expect("the body waits");
            foster::shutdown_requested().await;
            is_saved.await.expect("the worker ends well");
            println!("the payment is written");
        })
        .await;
    });
    for _ in 0..2 {
        starts.recv().await.expect("both start");
    }
    body
}

#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn has_a_static() {
    let _body = start().await;
    println!("ready");
    foster::shutdown_requested().await;
}

/// Nobody asks for anything: the end of the body does.
#[foster::main(flavor = "current_thread", grace = "1h", cancel_within = "1h")]
async fn ends_before_its_static() {
    let _body = start().await;
}

#[foster::main(worker_threads = 2, grace = "10ms", cancel_within = "1s")]
async fn has_a_static_that_hangs() {
    let background = BACKGROUND.get_or_init(|| Supervisor::builder("background").build());
    let (started, mut starts) = mpsc::channel(2);
    let worker = started.clone();
    background.launch(async move {
        let _worker = Says("the worker was dropped");
        worker.send(()).await.expect("the body waits");
        pending::<()>().await;
    });
    background.launch(async move {
        shield!({
            started.send(()).await.expect("the body waits");
            pending::<()>().await;
        })
        .named("payment")
        .await;
    });
    for _ in 0..2 {
        starts.recv().await.expect("both start");
    }
    println!("ready");
    foster::shutdown_requested().await;
}

/// All that the supervisor has is cancelled by the ladder of `main`; the body says so.
#[foster::main(worker_threads = 2, grace = "10ms")]
async fn prints_a_report() -> ExitCode {
    let supervisor = Supervisor::builder("svc").build();
    supervisor.task("uploads").launch(pending::<()>());
    println!("ready");
    let report = supervisor.run_until(foster::shutdown_requested()).await;
    println!("{} were cancelled", report.cancelled);
    ExitCode::from(7)
}

/// Supervisors outlive those that they were built below, which end in two ways, and at the same time as
/// others beside them are dropped.
#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn swarms() {
    for round in 0..SWARM {
        let outer = Supervisor::builder("outer").build();
        let (send, built) = oneshot::channel();
        outer.launch(async move {
            let [left, dropped] = ["left", "dropped"].map(|name| Supervisor::builder(name).build());
            left.launch(async {
                foster::shutdown_requested().await;
                for _ in 0..100 {
                    yield_now().await;
                }
                println!("one of the swarm has ended");
            });
            drop(send.send((left, dropped)));
            if round % 2 == 0 {
                pending::<()>().await;
            }
        });
        let Ok((left, dropped)) = built.await else {
            unreachable!("the task builds both");
        };
        let drops = thread::spawn(move || drop(dropped));
        if round % 2 == 0 {
            drop(outer); // its task is left to the one above, and then it ends
        } else {
            assert!(outer.join().await.is_clean());
        }
        LEFT.lock().expect("nobody panics").push(left);
        drops.join().expect("a drop does not panic");
    }
}
