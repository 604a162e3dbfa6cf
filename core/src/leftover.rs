//! What a test has left behind: tasks that are alive after its body.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;
use tokio::time::{Instant, sleep, timeout};

use crate::failure::TaskInfo;
use crate::ladder;
use crate::owner::Owner;
use crate::realm;

/// How long tasks may outlive the body, and how long they may take to end when they are cancelled
/// for that. In tokio's time, so that a paused clock passes by itself.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);

/// How long it takes at most to notice that tokio's last task has ended.
const TICK: Duration = Duration::from_millis(1);

/// Waits a moment until no task is left; then cancels those of foster, and says which they were.
pub(crate) async fn wait(owner: &Arc<Owner>, allow_foreign: bool) -> Option<String> {
    owner.end_body();
    let ended = timeout(MOMENT, ladder::ended(owner)).await;
    let own = ended.map_or_else(|_| realm::living(owner), |()| Vec::new());
    let known = if own.is_empty() { 0 } else { ladder::run(owner).await.abandoned.len() };
    let foreign = if allow_foreign { 0 } else { foreign(known).await };
    (!own.is_empty() || foreign > 0).then(|| text(&own, foreign))
}

/// Waits a moment until tokio has no tasks but those that are known; returns how many it has.
async fn foreign(known: usize) -> usize {
    let metrics = runtime::Handle::current().metrics();
    let deadline = Instant::now() + MOMENT;
    loop {
        // One that has just left its owner is alive for a little longer.
        let foreign = metrics.num_alive_tasks().saturating_sub(known);
        if foreign == 0 || Instant::now() >= deadline {
            return foreign;
        }
        sleep(TICK).await;
    }
}

/// Writes a line for each task.
pub(crate) fn list(text: &mut String, tasks: &[TaskInfo]) {
    for task in tasks {
        write!(text, "\n  alive: {task}").expect("a string takes all");
    }
}

fn text(own: &[TaskInfo], foreign: usize) -> String {
    let mut parts = Vec::new();
    if !own.is_empty() {
        let mut text = match own.len() {
            1 => "1 task is still alive after the test's body".to_owned(),
            count => format!("{count} tasks are still alive after the test's body"),
        };
        list(&mut text, own);
        parts.push(text + "\nhelp: wait for them in the body, or start them in a scope");
    }
    if foreign > 0 {
        let text = match foreign {
            1 => "1 tokio task that foster does not own is still alive".to_owned(),
            count => format!("{count} tokio tasks that foster does not own are still alive"),
        };
        parts.push(
            text + "\nhelp: start them in a scope, or write `#[foster::test(allow_foreign)]`",
        );
    }
    parts.join("\n")
}
