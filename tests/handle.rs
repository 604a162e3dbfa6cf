//! Handles: the values of children, and what becomes of a child without its handle.

mod free;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::scope;
use tokio::sync::Notify;

use crate::support::{both, poll_once, single, until};

#[test]
fn handles_yield_the_values_of_children() {
    both(async || {
        let sum: u32 = scope!(|s| {
            let a = s.spawn(async { 1 });
            let b = s.spawn(async {
                tokio::task::yield_now().await;
                2
            });
            a.await + b.await
        })
        .await;
        assert_eq!(sum, 3);
    });
}

#[test]
fn dropped_handle_stops_nothing() {
    both(async || {
        let (go, ran) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        scope!(|s| {
            {
                let (go, ran) = (Arc::clone(&go), Arc::clone(&ran));
                let child = s.spawn(async move {
                    go.notified().await;
                    ran.fetch_add(1, Ordering::SeqCst)
                });
                assert!(!child.is_finished());
            }
            go.notify_one();
        })
        .await;
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn handle_tells_the_id_and_the_end_of_its_child() {
    both(async || {
        scope!(|s| {
            let go = Arc::new(Notify::new());
            let mut child = s.spawn({
                let go = Arc::clone(&go);
                async move {
                    go.notified().await;
                    tokio::task::id()
                }
            });
            assert!(!child.is_finished());
            assert!(poll_once(&mut child).await.is_pending());
            go.notify_one();
            until(|| child.is_finished()).await;
            let id = child.id();
            assert_eq!(child.await, id);
        })
        .await;
    });
}

#[test]
fn awaiting_a_borrowed_handle_in_a_select_loses_no_value() {
    both(async || {
        let value = scope!(|s| {
            let (go, mut lost) = (Arc::new(Notify::new()), 0);
            let mut child = s.spawn({
                let go = Arc::clone(&go);
                async move {
                    go.notified().await;
                    String::from("kept")
                }
            });
            loop {
                tokio::select! {
                    biased;
                    value = &mut child => break (value, lost > 2),
                    () = tokio::task::yield_now() => lost += 1,
                }
                if lost == 3 {
                    go.notify_one();
                }
            }
        })
        .await;
        assert_eq!(value, (String::from("kept"), true));
    });
}

#[test]
fn live_counts_children_and_falls_while_the_scope_is_open() {
    single(async || {
        scope!(|s| {
            let mut most = 0;
            for _ in 0..1000 {
                s.launch(tokio::time::sleep(Duration::from_millis(100)));
                tokio::time::sleep(Duration::from_millis(10)).await;
                most = most.max(s.live());
            }
            assert!((10..=11).contains(&most), "a child lives for ten ticks, {most} lived at once");
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(s.live(), 0);
        })
        .await;
    });
}
