//! Bytes for each child that waits.
//!
//! With a child of one byte, what is counted is the owner's; one of sixteen bytes shows where
//! tokio's cell, which grows in steps of 128, has no room left for the owner's wrapper. The number
//! of children is a power of two: a buffer that doubles is full then, and at its worst just after.

use foster::{Supervisor, scope};
use foster_benches::{children, settle};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::meter;

const CHILDREN: u32 = 1 << 16;

trait Child: Future<Output = ()> + Send + 'static {}
impl<F: Future<Output = ()> + Send + 'static> Child for F {}

pub(crate) async fn report() {
    meter::warm_up(2 * CHILDREN).await;
    println!("| bytes per parked child | future of 1 byte | of 16 bytes |\n|---|---|---|");
    let (small, large) = (children::parked, children::parked_with_state);
    assert_eq!((size_of_val(&small()), size_of_val(&large())), (1, 16));
    line("raw, handles in a `Vec`", raw(small).await, raw(large).await);
    line("`JoinSet`", join_set(small).await, join_set(large).await);
    line("`TaskTracker` + child token", tracker(small).await, tracker(large).await);
    line("`scope!` + `launch`", launch(small).await, launch(large).await);
    line("`scope!` + `spawn`, handles in a `Vec`", spawn(small).await, spawn(large).await);
    line("`Supervisor::launch`", supervisor(small).await, supervisor(large).await);
    println!();
}

fn line(owner: &str, small: i64, large: i64) {
    let (small, large) = (meter::per(small, CHILDREN), meter::per(large, CHILDREN));
    println!("| {owner} | {small:.1} | {large:.1} |");
}

async fn raw<F: Child>(child: impl Fn() -> F) -> i64 {
    let before = meter::live_bytes();
    let handles: Vec<_> = (0..CHILDREN).map(|_| tokio::spawn(child())).collect();
    settle().await;
    let held = meter::live_bytes() - before;
    handles.iter().for_each(JoinHandle::abort);
    for handle in handles {
        assert!(handle.await.is_err_and(|error| error.is_cancelled()));
    }
    held
}

async fn join_set<F: Child>(child: impl Fn() -> F) -> i64 {
    let before = meter::live_bytes();
    let mut set: JoinSet<()> = (0..CHILDREN).map(|_| child()).collect();
    settle().await;
    let held = meter::live_bytes() - before;
    set.shutdown().await;
    held
}

async fn tracker<F: Child>(child: impl Fn() -> F) -> i64 {
    let before = meter::live_bytes();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..CHILDREN {
        tracker.spawn(token.child_token().run_until_cancelled_owned(child()));
    }
    settle().await;
    let held = meter::live_bytes() - before;
    token.cancel();
    tracker.close();
    tracker.wait().await;
    held
}

async fn launch<F: Child>(child: impl Fn() -> F) -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        for _ in 0..CHILDREN {
            s.launch(child());
        }
        settle().await;
        let held = meter::live_bytes() - before;
        s.cancel_children().await;
        held
    })
    .await
}

async fn spawn<F: Child>(child: impl Fn() -> F) -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        let handles: Vec<_> = (0..CHILDREN).map(|_| s.spawn(child())).collect();
        settle().await;
        let held = meter::live_bytes() - before;
        for handle in handles {
            assert!(handle.cancel().await.is_none());
        }
        held
    })
    .await
}

async fn supervisor<F: Child>(child: impl Fn() -> F) -> i64 {
    let supervisor = Supervisor::builder("bytes").grace(std::time::Duration::ZERO).build();
    let before = meter::live_bytes();
    for _ in 0..CHILDREN {
        supervisor.launch(child());
    }
    settle().await;
    let held = meter::live_bytes() - before;
    assert!(supervisor.shutdown().await.is_clean());
    held
}
