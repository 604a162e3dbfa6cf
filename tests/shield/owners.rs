//! Who owns a shield: the ambient owner, another one by its spawner, or the next living one above.

use foster::{Spawner, Supervisor, checkpoint, root, scope, shield};
use tokio::sync::oneshot;

use crate::support::{Fault, Probes, both, poll_once, unowned, until};

#[test]
fn outside_of_foster_the_root_owns_it() {
    both(async || {
        let (go, goes) = oneshot::channel::<()>();
        let mut charge = shield!(goes.await.expect("the test lets it go on"));
        assert!(poll_once(&mut charge).await.is_pending());
        drop(charge);
        assert_eq!(root().live(), 1);
        go.send(()).expect("the shield is alive");
        root().drained().await;
        let elsewhere = unowned(async { shield!(root().live()).await });
        assert_eq!(elsewhere.await.expect("it does not panic"), 1);
    });
}

#[test]
fn a_spawners_shield_is_its_owners_and_the_scope_around_does_not_wait() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let (go, goes) = oneshot::channel::<()>();
        scope!(|s| {
            let mut charge = spawner.shield(async move {
                goes.await.expect("the test lets it go on");
            });
            assert!(poll_once(&mut charge).await.is_pending());
            assert_eq!((s.live(), spawner.live()), (0, 1));
        })
        .await;
        assert_eq!(spawner.live(), 1, "the scope has ended, the shield has not");
        go.send(()).expect("the shield is alive");
        assert_eq!(sup.join().await.finished, 1);
    });
}

#[test]
fn a_shield_may_be_awaited_in_another_task_than_it_was_started_in() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let (go, goes) = oneshot::channel::<u32>();
        let mut charge = sup.shield(async move { goes.await.expect("it is let go on") });
        assert!(poll_once(&mut charge).await.is_pending());
        let awaiter = unowned(charge);
        go.send(9).expect("the shield is alive");
        assert_eq!(awaiter.await.expect("it does not panic"), 9);
        assert_eq!(sup.join().await.finished, 1);
    });
}

/// A shield never refuses: a write that must happen does not depend on who is about to end.
#[test]
fn an_ended_owner_passes_a_shield_to_the_next_living_one() {
    both(async || {
        let probes = Probes::slow();
        let made = probes.clone();
        let spawner = scope!(|s| {
            let sup = Supervisor::builder("shop").build();
            let spawner = sup.spawner();
            assert!(sup.join().await.is_clean());
            assert!(spawner.launch(async {}).is_err(), "it has ended");
            let probe = made.probe();
            let (go, goes) = oneshot::channel::<()>();
            let mut charge = spawner.shield(async move {
                goes.await.expect("the body lets it go on");
                drop(probe);
            });
            assert!(poll_once(&mut charge).await.is_pending());
            drop(charge);
            assert_eq!(s.live(), 1);
            go.send(()).expect("the shield is alive");
            spawner
        })
        .await;
        probes.all_dropped(1);
        let owner = spawner.shield(async { root().live() }).await;
        assert_eq!(owner, 1, "and last to the root");
    });
}

#[test]
fn a_shield_of_a_scope_that_was_dropped_is_waited_for_by_the_owner_above() {
    both(async || {
        let probes = Probes::new();
        let probe = probes.probe();
        let (started, starts) = oneshot::channel();
        scope!(|outer| {
            tokio::select! {
                biased;
                () = scope!(|_inner| {
                    shield!({
                        started.send(()).expect("the body waits");
                        until(|| Spawner::current().launch(async {}).is_err()).await;
                        drop(probe);
                    })
                    .await;
                }) => unreachable!("the shield ends after this scope is dropped"),
                started = starts => started.expect("the shield says that it runs"),
            }
            assert!(outer.live() <= 1);
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn what_is_launched_from_a_shield_is_no_shield() {
    both(async || {
        let (started, starts) = oneshot::channel();
        let sup = Supervisor::builder("shop").build();
        let spawner = sup.spawner();
        let mut charge = spawner.shield(async move {
            let stopped = Spawner::current().attempt(std::future::pending::<Result<(), Fault>>());
            started.send(stopped.expect("the owner is open")).expect("the test waits");
            checkpoint().await;
            until(|| Spawner::current().launch(async {}).is_err()).await;
            "finished"
        });
        assert!(poll_once(&mut charge).await.is_pending());
        let stopped = starts.await.expect("the shield says that it runs");
        drop(sup);
        assert!(stopped.await.expect_err("it was cancelled").is_cancelled());
        assert_eq!(charge.await, "finished");
    });
}
