//! Outside of bodies and children of foster the owner is the runtime's root.

use std::future::pending;

use foster::{Spawner, checkpoint, root, scope};
use tokio::sync::oneshot;

use crate::support::{Fault, Probes, both, traces, unowned, until};

#[test]
fn outside_of_foster_the_owner_is_the_root() {
    both(async || {
        let (go, goes) = oneshot::channel::<()>();
        let waits = async { goes.await.expect("the test lets it go on") };
        Spawner::current().launch(waits).expect("the root never ends");
        assert_eq!((root().live(), Spawner::current().live()), (1, 1));
        go.send(()).expect("the task is alive");
        root().drained().await;
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn a_task_that_foster_does_not_know_is_outside_also_below_a_scope() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        scope!(|s| {
            let foreign = unowned(async move {
                let task = async move {
                    let _probe = probe;
                    checkpoint().await;
                };
                Spawner::current().launch(task).expect("the root never ends");
            });
            s.background(pending::<()>());
            foreign.await.expect("it does not panic");
            assert_eq!(s.live(), 1, "the scope has its helper only");
        })
        .await;
        root().drained().await;
        probes.all_dropped(1);
    });
}

#[test]
fn failures_of_the_roots_own_tasks_are_events_and_harm_nobody() {
    both(async || {
        let root_spawner = Spawner::current();
        let failing = async { Err(Fault("out of ink")) };
        root_spawner.launch(failing).expect("the root never ends");
        root_spawner.launch(async { panic!("paper jam") }).expect("the root never ends");
        root().drained().await;
        let of = |text| traces().iter().filter(|event| event.text.contains(text)).count();
        assert_eq!((of("out of ink"), of("paper jam")), (1, 1), "{:?}", traces());
        root_spawner.launch(async {}).expect("the root never ends");
        let attempt = root_spawner.attempt(async { Ok::<_, Fault>(2) }).expect("nor for these");
        assert_eq!(attempt.await.expect("it does not fail"), 2);
        until(|| root().live() == 0).await;
    });
}
