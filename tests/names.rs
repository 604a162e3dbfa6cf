//! Names and places of tasks, wherever something is told of them: the one that was given, or the
//! future that was written, at the line where its user started it.

use std::future::pending;
use std::time::Duration;

use foster::{Spawner, Supervisor, TaskInfo, checkpoint, scope, shield, supervised};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::supervisor::Failures;
use crate::support::{Fault, both, poll_once, single, traces};

const SECOND: Duration = Duration::from_secs(1);

const STUCK: &str = "behaviour::names::stuck";

async fn stuck() {
    pending::<()>().await;
}

async fn fails() -> Result<(), Fault> {
    checkpoint().await;
    Err(Fault("broken"))
}

/// A supervisor whose tasks are forced after a second each of grace and of the cancelling.
fn shop() -> Supervisor {
    Supervisor::builder("shop").grace(SECOND).cancel_within(SECOND).build()
}

/// Names and lines, in the order of the lines.
fn told(tasks: &[TaskInfo]) -> Vec<(&'static str, u32)> {
    let mut told: Vec<_> = tasks.iter().map(|task| (task.name(), task.location().line())).collect();
    told.sort_by_key(|&(_, line)| line);
    assert!(tasks.iter().all(|task| task.location().file() == file!()), "{tasks:?}");
    told
}

#[test]
fn the_wrappers_of_bounds_are_no_part_of_a_shields_name() {
    single(async || {
        let sup = shop();
        let spawner = sup.spawner();
        let line = line!();
        sup.launch(async move {
            let graceful = spawner.shield(stuck()).grace(SECOND);
            let bounded = spawner.shield(stuck()).within(9 * SECOND);
            let both = spawner.shield(stuck()).within(9 * SECOND).grace(SECOND);
            let named = spawner.shield(stuck()).within(9 * SECOND).named("pay").grace(SECOND);
            let _forced = tokio::join!(graceful, bounded, both, named);
        });
        let report = sup.shutdown().await;
        let expected = [(STUCK, line + 2), (STUCK, line + 3), (STUCK, line + 4), ("pay", line + 5)];
        assert_eq!(told(&report.forced), expected);
        let texts: Vec<_> = traces().into_iter().map(|event| event.text).collect();
        assert!(texts.iter().any(|text| text.contains(STUCK)), "{texts:?}");
        assert!(!texts.iter().any(|text| text.contains("foster::")), "{texts:?}");
    });
}

#[test]
fn boxes_spans_and_time_limits_are_no_part_of_a_tasks_name() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        sup.launch(Box::pin(fails()));
        sup.launch(fails().instrument(tracing::Span::none()));
        sup.launch(tokio::task::unconstrained(fails()));
        sup.launch(fails().map(|result| result));
        sup.launch(fails().fuse());
        sup.launch(async { timeout(SECOND, fails()).await.unwrap() });
        let spawner = sup.spawner();
        drop(spawner.launch(Box::pin(Box::pin(fails().instrument(tracing::Span::none())))));
        let _report = sup.join().await;
        let mut names: Vec<_> = failures.all().into_iter().map(|failure| failure.name).collect();
        names.sort_unstable();
        let this = "behaviour::names::boxes_spans_and_time_limits_are_no_part_of_a_tasks_name";
        assert!(names[0].starts_with(this), "an `async` block is called by where it is: {names:?}");
        assert_eq!(names[1..], ["behaviour::names::fails"; 6]);
    });
}

#[test]
fn a_future_whose_type_is_erased_is_called_a_boxed_future() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        sup.launch(fails().boxed());
        let _report = sup.join().await;
        assert_eq!(failures.all()[0].name, "a boxed future");
    });
}

/// As a library's macro around a `shield!` may be.
macro_rules! pay {
    ($($body:tt)*) => { shield!({ $($body)* }) };
}

/// The line of the shield in the function below.
const IN_A_FUNCTION: u32 = line!() + 4;

#[supervised]
async fn in_a_function() {
    shield!({
        stuck().await;
    })
    .grace(SECOND)
    .await;
}

#[test]
fn a_shield_is_placed_where_its_user_wrote_it() {
    single(async || {
        let sup = shop();
        let line = line!();
        sup.launch(in_a_function());
        sup.launch(async {
            scope!(|s| {
                s.launch(async {
                    pay!(stuck().await;).await;
                });
                tokio::select! {
                    () = pay!(stuck().await;) => {}
                }
            })
            .await;
        });
        sup.launch(async {
            Spawner::current().shield(stuck()).within(9 * SECOND).await.unwrap();
        });
        let mut own = sup.shield(stuck());
        assert!(poll_once(&mut own).await.is_pending());
        let report = sup.shutdown().await;
        let lines: Vec<_> = told(&report.forced).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, [IN_A_FUNCTION, line + 5, line + 8, line + 14, line + 16]);
    });
}
