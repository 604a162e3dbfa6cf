//! Bytes for each child that waits.
//!
//! The child is a future of one byte, so what is counted is the owner's. The number of children is
//! a power of two: a buffer that doubles is full then, and at its worst just after.

use foster::{Supervisor, scope};
use foster_benches::{children, settle};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::meter;

const CHILDREN: u32 = 1 << 16;

pub(crate) async fn report() {
    meter::warm_up(2 * CHILDREN).await;
    println!("| bytes per parked child (1-byte future) | |\n|---|---|");
    line("raw, handles in a `Vec`", raw().await);
    line("`JoinSet`", join_set().await);
    line("`TaskTracker` + child token", tracker().await);
    line("`scope!` + `launch`", launch().await);
    line("`scope!` + `spawn`, handles in a `Vec`", spawn().await);
    line("`Supervisor::launch`", supervisor().await);
    println!();
}

fn line(owner: &str, bytes: i64) {
    println!("| {owner} | {:.1} |", meter::per(bytes, CHILDREN));
}

async fn raw() -> i64 {
    let before = meter::live_bytes();
    let handles: Vec<_> = (0..CHILDREN).map(|_| tokio::spawn(children::parked())).collect();
    settle().await;
    let held = meter::live_bytes() - before;
    handles.iter().for_each(JoinHandle::abort);
    for handle in handles {
        assert!(handle.await.is_err_and(|error| error.is_cancelled()));
    }
    held
}

async fn join_set() -> i64 {
    let before = meter::live_bytes();
    let mut set: JoinSet<()> = (0..CHILDREN).map(|_| children::parked()).collect();
    settle().await;
    let held = meter::live_bytes() - before;
    set.shutdown().await;
    held
}

async fn tracker() -> i64 {
    let before = meter::live_bytes();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..CHILDREN {
        tracker.spawn(token.child_token().run_until_cancelled_owned(children::parked()));
    }
    settle().await;
    let held = meter::live_bytes() - before;
    token.cancel();
    tracker.close();
    tracker.wait().await;
    held
}

async fn launch() -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        for _ in 0..CHILDREN {
            s.launch(children::parked());
        }
        settle().await;
        let held = meter::live_bytes() - before;
        s.cancel_children().await;
        held
    })
    .await
}

async fn spawn() -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        let handles: Vec<_> = (0..CHILDREN).map(|_| s.spawn(children::parked())).collect();
        settle().await;
        let held = meter::live_bytes() - before;
        for handle in handles {
            assert!(handle.cancel().await.is_none());
        }
        held
    })
    .await
}

async fn supervisor() -> i64 {
    let supervisor = Supervisor::builder("bytes").grace(std::time::Duration::ZERO).build();
    let before = meter::live_bytes();
    for _ in 0..CHILDREN {
        supervisor.launch(children::parked());
    }
    settle().await;
    let held = meter::live_bytes() - before;
    assert!(supervisor.shutdown().await.is_clean());
    held
}
