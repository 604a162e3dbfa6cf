//! Shields (R7): what is started finishes, whatever happens to who awaits it.

mod atomic;
mod bound;
mod failing;
mod interleaved;
mod nested;
mod outcome;
mod owners;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Spawner, checkpoint, scope, shield, try_scope};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::support::{Fault, Polls, Probes, Sequence, both, poll_once, until};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_shield_yields_its_value_and_is_a_task_of_the_owner_around() {
    both(async || {
        let name = String::from("tea");
        let price = scope!(|s| {
            let order = shield!({
                checkpoint().await;
                assert_eq!(Spawner::current().live(), 1, "it is the scope's one task");
                (name, 3)
            });
            assert_eq!(s.live(), 0, "it starts when first polled");
            order.await
        });
        assert_eq!(price.await, (String::from("tea"), 3));
    });
}

#[test]
fn a_shield_that_is_never_polled_is_dropped_unrun() {
    both(async || {
        let probes = Probes::new();
        let probe = probes.probe();
        let (block, polls) = Polls::of(async move { drop(probe) });
        drop(shield!(block.await));
        assert_eq!(polls.load(Ordering::SeqCst), 0);
        probes.all_dropped(1);
        assert_eq!(foster::root().live(), 0);
    });
}

#[test]
fn a_shield_whose_awaiter_is_dropped_finishes_and_its_owner_waits_for_it() {
    both(async || {
        let (order, probes) = (Sequence::new(), Probes::slow());
        let (inner, probe) = (order.clone(), probes.probe());
        let (go, goes) = oneshot::channel::<()>();
        scope!(|_s| {
            let mut charge = shield!({
                let _probe = probe;
                goes.await.expect("the body lets it go on");
                for _ in 0..10 {
                    checkpoint().await;
                }
                inner.expect(2);
            });
            assert!(poll_once(&mut charge).await.is_pending());
            drop(charge);
            order.expect(1);
            go.send(()).expect("the shield is alive");
        })
        .await;
        order.finish(3);
        probes.all_dropped(1);
    });
}

#[test]
fn a_shield_survives_a_lost_select_and_a_timeout() {
    both(async || {
        let ended = Arc::new(AtomicUsize::new(0));
        let [(go, goes), (go_too, goes_too)] = [oneshot::channel::<()>(), oneshot::channel()];
        let count = [(); 2].map(|()| Arc::clone(&ended));
        scope!(|_s| {
            let [first, second] = count;
            let charge = shield!({
                goes.await.expect("the body lets it go on");
                first.fetch_add(1, Ordering::SeqCst);
            });
            tokio::select! {
                biased;
                () = charge => unreachable!("it waits"),
                () = async {} => {}
            }
            let charge = shield!({
                goes_too.await.expect("the body lets it go on");
                second.fetch_add(1, Ordering::SeqCst);
            });
            assert!(timeout(Duration::from_millis(1), charge).await.is_err());
            go.send(()).expect("the first is alive");
            go_too.send(()).expect("the second is alive");
        })
        .await;
        assert_eq!(ended.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_shield_survives_the_failure_of_its_scope_which_waits_for_it() {
    both(async || {
        let order = Sequence::new();
        let (started, starts) = oneshot::channel();
        let (inner, around) = (order.clone(), order.on_drop(1));
        let result: Result<(), Fault> = try_scope!(|s| {
            s.launch(async move {
                let _dropped_by_the_cancellation = around;
                shield!({
                    started.send(()).expect("the failing one waits");
                    until_cancelled(&Spawner::current()).await;
                    for _ in 0..10 {
                        checkpoint().await;
                    }
                    inner.expect(2);
                })
                .await;
                Ok::<_, Fault>(())
            });
            s.launch(async {
                starts.await.expect("the shield says that it runs");
                Err(Fault("out of stock"))
            });
            pending::<()>().await;
            Ok(())
        })
        .await;
        assert_eq!(result, Err(Fault("out of stock")));
        order.finish(3);
    });
}

/// Waits until the owner refuses what is launched, which it does once it is cancelled; by then the
/// one task that can be cancelled is gone.
async fn until_cancelled(owner: &Spawner) {
    until(|| owner.launch(async {}).is_err() && owner.live() == 1).await;
}

#[test]
fn a_shield_survives_the_cancellation_of_the_child_that_awaits_it() {
    both(async || {
        let ended = Probes::new();
        let probe = ended.probe();
        let (started, starts) = oneshot::channel();
        let (go, goes) = oneshot::channel::<()>();
        scope!(|s| {
            let charging = s.spawn(async move {
                shield!({
                    started.send(()).expect("the body waits");
                    goes.await.expect("the body lets it go on");
                    drop(probe);
                })
                .await;
            });
            starts.await.expect("the shield says that it runs");
            assert_eq!(charging.cancel().await, None);
            assert_eq!((s.live(), ended.dropped()), (1, 0), "the shield runs on");
            go.send(()).expect("the shield is alive");
        })
        .await;
        ended.all_dropped(1);
    });
}

/// Two shields are two tasks: a cancellation falls between them (documented).
#[test]
fn of_two_shields_in_a_row_the_second_may_never_start() {
    both(async || {
        let (started, starts) = oneshot::channel();
        let (go, goes) = oneshot::channel::<()>();
        let ended = Probes::new();
        let (first, second) = (ended.probe(), ended.probe());
        let (unrun, polls) = Polls::of(async move { drop(second) });
        scope!(|s| {
            let writes = s.spawn(async move {
                shield!({
                    started.send(()).expect("the body waits");
                    goes.await.expect("the body lets it go on");
                    drop(first);
                })
                .await;
                shield!(unrun.await).await;
            });
            starts.await.expect("the first says that it runs");
            writes.cancel().await;
            go.send(()).expect("the first is alive");
        })
        .await;
        assert_eq!(polls.load(Ordering::SeqCst), 0);
        ended.all_dropped(2);
    });
}

#[test]
fn a_helpers_shield_is_waited_for_after_the_helper_is_gone() {
    both(async || {
        let order = Sequence::new();
        let (helper, shielded) = (order.on_drop(2), order.clone());
        let (started, starts) = oneshot::channel();
        scope!(|s| {
            s.background(async move {
                let _helper = helper;
                shield!({
                    let owner = Spawner::current();
                    started.send(()).expect("the body waits");
                    until(|| owner.live() == 1).await;
                    shielded.expect(3);
                })
                .await;
            });
            starts.await.expect("the shield says that it runs");
            order.expect(1);
        })
        .await;
        order.finish(4);
    });
}
