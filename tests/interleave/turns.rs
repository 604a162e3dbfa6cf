//! Whose turn it is: those who were woken, and share one task's budget.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use foster::scope;
use tokio::sync::{mpsc, oneshot};

use crate::support::{Polls, both, until};

#[test]
fn interleaved_child_hears_of_its_own_wake_ups_only() {
    both(async || {
        let mut counts = Vec::new();
        let mut ends = Vec::new();
        scope!(|s| {
            let mut sends = Vec::new();
            for _ in 0..100 {
                let (send, receive) = oneshot::channel::<()>();
                let (guest, count) = Polls::of(async move { receive.await.unwrap_or_default() });
                s.interleave(guest);
                counts.push(count);
                sends.push(send);
            }
            for send in sends {
                tokio::task::yield_now().await;
                drop(send);
            }
        })
        .await;
        ends.extend(counts.iter().map(|count: &Arc<AtomicUsize>| count.load(Ordering::SeqCst)));
        assert_eq!(ends, [2; 100], "each is polled for its start and its end");
    });
}

#[test]
fn interleaved_child_that_is_woken_twice_is_polled_once() {
    both(async || {
        let (woken, ready) = (Mutex::new(None::<Waker>), AtomicBool::new(false));
        let (guest, polls) = Polls::of(poll_fn(|cx| {
            *woken.lock().unwrap() = Some(cx.waker().clone());
            if ready.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        }));
        scope!(|s| {
            s.interleave(guest);
            until(|| polls.load(Ordering::SeqCst) == 1).await;
            let waker = woken.lock().unwrap().take().expect("it was polled");
            waker.wake_by_ref();
            waker.wake_by_ref();
            until(|| polls.load(Ordering::SeqCst) > 1).await;
            assert_eq!(polls.load(Ordering::SeqCst), 2);
            ready.store(true, Ordering::SeqCst);
            waker.wake();
        })
        .await;
        assert_eq!(polls.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn wake_up_of_an_interleaved_child_that_has_ended_is_nobody_elses() {
    both(async || {
        let late = Mutex::new(None::<Waker>);
        let (send, receive) = oneshot::channel::<()>();
        let (guest, polls) = Polls::of(async move { receive.await.unwrap_or_default() });
        scope!(|s| {
            s.interleave(poll_fn(|cx| {
                *late.lock().unwrap() = Some(cx.waker().clone());
                Poll::Ready(())
            }));
            s.interleave(guest);
            until(|| polls.load(Ordering::SeqCst) == 1).await;
            late.lock().unwrap().take().expect("it was polled").wake();
            tokio::task::yield_now().await;
            drop(send);
        })
        .await;
        assert_eq!(polls.load(Ordering::SeqCst), 2, "for its start and its end");
    });
}

/// Uses up whatever budget its task has, until another is done.
async fn hog(done: &AtomicBool) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    while !done.load(Ordering::SeqCst) {
        sender.send(()).expect("it is open");
        receiver.recv().await;
    }
}

/// Needs a little budget of many polls.
async fn modest(done: &AtomicBool) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for _ in 0..100 {
        sender.send(()).expect("it is open");
        receiver.recv().await;
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
}

/// Needs the budget of many polls, all of it.
async fn greedy(done: &AtomicBool) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for _ in 0..1000 {
        sender.send(()).expect("it is open");
        receiver.recv().await;
    }
    done.store(true, Ordering::SeqCst);
}

#[test]
fn body_that_uses_up_the_budget_starves_no_interleaved_child() {
    both(async || {
        let done = AtomicBool::new(false);
        scope!(|s| {
            s.interleave(modest(&done));
            hog(&done).await;
        })
        .await;
    });
}

#[test]
fn interleaved_children_that_use_up_the_budget_starve_no_other() {
    both(async || {
        let done = AtomicBool::new(false);
        scope!(|s| {
            s.interleave(hog(&done));
            s.interleave(hog(&done));
            s.interleave(modest(&done));
            s.interleave(hog(&done));
        })
        .await;
    });
}

#[test]
fn interleaved_children_starve_no_body() {
    both(async || {
        let done = AtomicBool::new(false);
        scope!(|s| {
            s.interleave(hog(&done));
            s.interleave(async {
                scope!(|n| {
                    n.interleave(hog(&done));
                    hog(&done).await;
                })
                .await;
            });
            greedy(&done).await;
        })
        .await;
    });
}
