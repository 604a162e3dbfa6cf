//! The name that a task is given: in failures, reports and events.

use foster::{Failure, Spawner, Supervisor, checkpoint, scope};
use std::future::pending;

use super::SECOND;
use crate::supervisor::Failures;
use crate::support::{Fault, both, single, traces};

fn name_and_line(failure: &Failure) -> (&'static str, u32) {
    (failure.task().name(), failure.task().location().line())
}

#[test]
fn failures_and_panics_of_a_named_task_bear_its_name_and_its_place() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let spawner = sup.spawner();
        let line = line!() + 1;
        sup.task("printer").launch(async { Err(Fault("out of ink")) });
        let printer = spawner.task("second printer");
        printer.launch(async { panic!("paper jam") }).expect("it is open");
        let graceful = sup.task("third printer").grace(SECOND);
        graceful.launch(async {
            checkpoint().await;
            Err(Fault("out of order"))
        });
        let _report = sup.join().await;
        let mut all: Vec<_> =
            failures.all().into_iter().map(|f| (f.line, f.name, f.what)).collect();
        all.sort();
        let what = ["error: out of ink", "panic: paper jam", "error: out of order"];
        let [ink, jam, order] = what.map(str::to_owned);
        let expected = [
            (line, "printer", ink),
            (line + 2, "second printer", jam),
            (line + 4, "third printer", order),
        ];
        assert_eq!(all, expected);
    });
}

#[test]
fn the_failure_of_a_named_attempt_bears_its_name_and_its_place() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let line = line!() + 1;
        let price = sup.task("price").attempt(async { Err::<u32, _>(Fault("no price")) });
        assert_eq!(name_and_line(&price.await.unwrap_err()), ("price", line));
        let spawner = sup.spawner();
        let line = line!() + 1;
        let stock = spawner.task("stock").grace(SECOND).attempt(pending::<Result<u32, Fault>>());
        let stock = stock.expect("it is open");
        drop(sup);
        let failure = stock.await.unwrap_err();
        assert!(failure.is_cancelled());
        assert_eq!(name_and_line(&failure), ("stock", line));
    });
}

#[test]
fn in_a_lexical_scope_a_task_keeps_its_name_too() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let line = line!() + 4;
        sup.launch(async move {
            scope!(|_s| {
                let spawner = Spawner::current();
                spawner.task("label").launch(async { Err(Fault("torn")) }).expect("it is open");
            })
            .await;
        });
        let _report = sup.join().await;
        let all = failures.all();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((all[0].name, all[0].line, &*all[0].what), ("label", line, "error: torn"));
    });
}

#[test]
fn the_events_of_the_rungs_name_the_living_by_the_names_they_were_given() {
    single(async || {
        let sup = Supervisor::builder("shop").grace(SECOND).build();
        sup.task("printer").launch(pending::<()>());
        let _report = sup.shutdown().await;
        let named = traces().into_iter().filter(|event| event.text.contains("`printer`")).count();
        assert_eq!(named, 2, "at the request, and when it is cancelled: {:?}", traces());
    });
}
