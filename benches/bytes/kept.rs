//! Bytes that an open owner keeps for each child that has ended.

use foster::{Supervisor, scope};
use foster_benches::children::{self, Refused};
use foster_benches::settle;
use tokio::task::{JoinSet, yield_now};
use tokio_util::task::TaskTracker;

use crate::meter;

const CHILDREN: u32 = 1 << 16;

pub(crate) async fn report() {
    meter::warm_up(2 * CHILDREN).await;
    println!("| bytes kept per finished child | |\n|---|---|");
    line("raw, handles in a `Vec`", raw().await);
    line("`JoinSet`, not drained", join_set().await);
    line("`TaskTracker`", tracker().await);
    line("`scope!` + `launch`, ready at once", launched().await);
    line("`scope!` + `launch`, after a burst that suspended", burst().await);
    line("`scope!` + `spawn`, handles dropped", handles_dropped().await);
    line("`Supervisor::launch`, after a burst that suspended", supervised().await);
    line("`Supervisor::launch`, failed", failed().await);
    println!();
}

fn line(owner: &str, bytes: i64) {
    println!("| {owner} | {:.2} |", meter::per(bytes, CHILDREN));
}

async fn raw() -> i64 {
    let before = meter::live_bytes();
    let handles: Vec<_> = (0..CHILDREN).map(|_| tokio::spawn(children::ready(0))).collect();
    settle().await;
    assert!(handles.iter().all(tokio::task::JoinHandle::is_finished));
    meter::live_bytes() - before
}

async fn join_set() -> i64 {
    let before = meter::live_bytes();
    let set: JoinSet<usize> = (0..CHILDREN).map(|_| children::ready(0)).collect();
    settle().await;
    assert_eq!(set.len(), CHILDREN as usize);
    meter::live_bytes() - before
}

async fn tracker() -> i64 {
    let tracker = TaskTracker::new();
    let before = meter::live_bytes();
    for _ in 0..CHILDREN {
        tracker.spawn(children::ready(0));
    }
    settle().await;
    assert!(tracker.is_empty());
    meter::live_bytes() - before
}

async fn launched() -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        for _ in 0..CHILDREN {
            s.launch(async {});
        }
        settle().await;
        assert_eq!(s.live(), 0);
        meter::live_bytes() - before
    })
    .await
}

async fn burst() -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        for _ in 0..CHILDREN {
            s.launch(yield_now());
        }
        while s.live() > 0 {
            yield_now().await;
        }
        meter::live_bytes() - before
    })
    .await
}

async fn handles_dropped() -> i64 {
    scope!(|s| {
        let before = meter::live_bytes();
        {
            let handles: Vec<_> = (0..CHILDREN).map(|_| s.spawn(children::ready(0))).collect();
            settle().await;
            assert!(handles.iter().all(foster::Handle::is_finished));
        }
        meter::live_bytes() - before
    })
    .await
}

async fn supervised() -> i64 {
    let supervisor = Supervisor::builder("bytes").build();
    let before = meter::live_bytes();
    for _ in 0..CHILDREN {
        supervisor.launch(yield_now());
    }
    while supervisor.live() > 0 {
        yield_now().await;
    }
    let kept = meter::live_bytes() - before;
    assert!(supervisor.join().await.is_clean());
    kept
}

async fn failed() -> i64 {
    let supervisor = Supervisor::builder("bytes").on_failure(|_| ()).build();
    let before = meter::live_bytes();
    for _ in 0..CHILDREN {
        supervisor.launch(async { Err::<(), _>(Refused) });
    }
    settle().await;
    assert_eq!(supervisor.live(), 0);
    let kept = meter::live_bytes() - before;
    assert_eq!(supervisor.join().await.failed, CHILDREN as usize);
    kept
}
