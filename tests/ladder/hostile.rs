//! Tasks that do what they should not (R11): the ladder ends in time, and its report names exactly
//! those that could not be stopped.

mod destructors;
mod floods;
mod moments;
mod stuck;

use std::future::pending;
use std::time::Duration;

use foster::{Report, Supervisor, SupervisorBuilder, TaskInfo, root, scope};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::support::{Gate, until};

/// A supervisor whose ladder nobody could wait for: requests move it.
fn patient(name: &str) -> SupervisorBuilder {
    Supervisor::builder(name).grace(Duration::ZERO).cancel_within(Duration::from_hours(1))
}

/// Starts tasks that end when they are cancelled, in all ways there are: none may be named.
fn launch_innocents(sup: &Supervisor) {
    sup.launch(pending::<()>());
    sup.task("ticker").grace(Duration::ZERO).launch(pending::<()>());
    sup.launch(async {
        scope!(|s| {
            s.launch(pending::<()>());
            s.background(pending::<()>());
            s.interleave(pending::<()>());
            s.launch(async { scope!(|s| s.spawn(pending::<()>()).await).await });
            pending::<()>().await;
        })
        .await;
    });
}

/// Runs the ladder: once only `culprits` of all tasks are left, those of scopes among them, to its
/// end at once. So nobody is named for being slow.
async fn shut_down(sup: Supervisor, culprits: usize) -> Report {
    let spawner = sup.spawner();
    let hurries = async {
        let metrics = Handle::current().metrics();
        until(|| metrics.num_alive_tasks().max(spawner.live()) <= culprits).await;
        (0..3).for_each(|_| spawner.shutdown());
    };
    let (report, ()) = tokio::join!(sup.shutdown(), hurries);
    report
}

/// Checks that exactly these tasks of this file are in a list, by name and line.
#[track_caller]
fn are_named(tasks: &[TaskInfo], file: &str, expected: &[(&str, u32)]) {
    let named: Vec<_> = tasks.iter().map(|task| (task.name(), task.location().line())).collect();
    assert_eq!(named.len(), expected.len(), "{tasks:?}");
    for (task, (name, line)) in tasks.iter().zip(expected) {
        assert!(task.name().contains(name), "`{name}` in {task}");
        assert_eq!((task.location().file(), task.location().line()), (file, *line), "{task}");
    }
}

/// Blocks its thread until the gate is opened, which a test does when all is said.
struct Stuck {
    gate: Gate,
    begun: Option<oneshot::Sender<()>>,
}

impl Stuck {
    fn new(gate: &Gate) -> (Self, oneshot::Receiver<()>) {
        let (send, begun) = oneshot::channel();
        (Self { gate: gate.clone(), begun: Some(send) }, begun)
    }

    fn block(mut self) {
        self.pass();
    }

    fn pass(&mut self) {
        if let Some(begun) = self.begun.take() {
            begun.send(()).expect("the test waits for it");
            self.gate.pass();
        }
    }
}

/// Is stuck in its destructor.
struct StuckInDrop(Stuck);

impl Drop for StuckInDrop {
    fn drop(&mut self) {
        self.0.pass();
    }
}

/// What was abandoned is the root's, until it ends after all.
async fn let_go(gate: &Gate) {
    gate.open();
    root().drained().await;
}
