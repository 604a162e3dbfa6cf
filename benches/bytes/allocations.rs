//! Allocations for each child and for each owner.

use foster::{Supervisor, scope, try_scope};
use foster_benches::children::{self, Refused};
use foster_benches::settle;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::meter;

const CHILDREN: u32 = 1 << 12;

pub(crate) async fn report() {
    meter::warm_up(2 * CHILDREN).await;
    println!("| allocations | |\n|---|---|");
    let raw = join_all_raw().await;
    line("per child, raw", raw, CHILDREN);
    line("per child, `JoinSet`", join_set_children().await, CHILDREN);
    line("per child, `TaskTracker` + child token", tracker_children().await, CHILDREN);
    line("per child, `scope!` + `launch`", launched().await, CHILDREN);
    line("per child, `scope!` + `spawn`", spawned().await, CHILDREN);
    line("per child, `Supervisor::launch`", supervised().await, CHILDREN);
    line("per `JoinSet`", join_set().await, 1);
    line("per `TaskTracker` + token", tracker().await, 1);
    line("per `scope!`: empty", empty().await, 1);
    line(
        "per `scope!`: of one that parks, child included, and `cancel_children`",
        of_one().await,
        1,
    );
    line("per `scope!`: request of three, children included", request().await, 1);
    line("per `scope!`: one child interleaved", interleaved().await, 1);
    line("per `try_scope!`: empty", try_empty().await, 1);
    println!();
}

fn line(what: &str, count: i64, n: u32) {
    println!("| {what} | {:.2} |", meter::per(count, n));
}

async fn join_all_raw() -> i64 {
    let mut handles = Vec::with_capacity(CHILDREN as usize);
    let before = meter::allocations();
    for i in 0..CHILDREN as usize {
        handles.push(tokio::spawn(children::one_yield(i)));
    }
    for handle in handles {
        handle.await.expect("the child neither panics nor is cancelled");
    }
    meter::allocations() - before
}

async fn join_set_children() -> i64 {
    let mut set = JoinSet::new();
    let before = meter::allocations();
    for i in 0..CHILDREN as usize {
        set.spawn(children::one_yield(i));
    }
    set.join_all().await;
    meter::allocations() - before
}

async fn tracker_children() -> i64 {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let before = meter::allocations();
    for i in 0..CHILDREN as usize {
        tracker.spawn(token.child_token().run_until_cancelled_owned(children::one_yield(i)));
    }
    tracker.close();
    tracker.wait().await;
    meter::allocations() - before
}

async fn launched() -> i64 {
    scope!(|s| {
        let before = meter::allocations();
        for _ in 0..CHILDREN {
            s.launch(children::parked());
        }
        settle().await;
        s.cancel_children().await;
        meter::allocations() - before
    })
    .await
}

async fn spawned() -> i64 {
    scope!(|s| {
        let mut handles = Vec::with_capacity(CHILDREN as usize);
        let before = meter::allocations();
        for i in 0..CHILDREN as usize {
            handles.push(s.spawn(children::one_yield(i)));
        }
        for handle in handles {
            handle.await;
        }
        meter::allocations() - before
    })
    .await
}

async fn supervised() -> i64 {
    let supervisor = Supervisor::builder("bytes").build();
    let before = meter::allocations();
    for _ in 0..CHILDREN {
        supervisor.launch(tokio::task::yield_now());
    }
    assert!(supervisor.join().await.is_clean());
    meter::allocations() - before
}

async fn join_set() -> i64 {
    let before = meter::allocations();
    JoinSet::<()>::new().shutdown().await;
    meter::allocations() - before
}

async fn tracker() -> i64 {
    let before = meter::allocations();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    token.cancel();
    tracker.close();
    tracker.wait().await;
    meter::allocations() - before
}

async fn empty() -> i64 {
    let before = meter::allocations();
    scope!(|_| {}).await;
    meter::allocations() - before
}

async fn of_one() -> i64 {
    let before = meter::allocations();
    scope!(|s| {
        s.launch(children::parked());
        foster_benches::park_one().await;
        s.cancel_children().await;
    })
    .await;
    meter::allocations() - before
}

async fn request() -> i64 {
    let before = meter::allocations();
    let sum = scope!(|s| {
        let user = s.spawn(children::two_yields(1));
        let orders = s.spawn(children::two_yields(2));
        let prices = s.spawn(children::two_yields(3));
        user.await + orders.await + prices.await
    });
    assert_eq!(sum.await, 6);
    meter::allocations() - before
}

async fn interleaved() -> i64 {
    let before = meter::allocations();
    scope!(|s| s.interleave(tokio::task::yield_now())).await;
    meter::allocations() - before
}

async fn try_empty() -> i64 {
    let before = meter::allocations();
    assert!(try_scope!(|_| -> Result<(), Refused> { Ok(()) }).await.is_ok());
    meter::allocations() - before
}
