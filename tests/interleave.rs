//! Interleaved children: they run on the scope's own task, so they may borrow (R6).

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use foster::{scope, try_scope};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use crate::support::{
    Fault, OnDrop, Polls, Probes, both, multi, panic_of, single, text_of, traces, until,
};

#[test]
fn interleaved_children_borrow_also_mutably() {
    both(async || {
        let (mut evens, mut odds) = (Vec::new(), Vec::new());
        let words = [String::from("a"), String::from("b")];
        scope!(|s| {
            s.interleave(async {
                for n in [0, 2, 4] {
                    evens.push(n);
                    tokio::task::yield_now().await;
                }
            });
            s.interleave(async {
                for n in [1, 3] {
                    odds.push((n, words[0].as_str()));
                    tokio::task::yield_now().await;
                }
            });
        })
        .await;
        assert_eq!((evens, odds), (vec![0, 2, 4], vec![(1, "a"), (3, "a")]));
        drop(words);
    });
}

#[test]
fn scope_waits_for_interleaved_children() {
    single(async || {
        let (start, mut ended) = (Instant::now(), false);
        scope!(|s| {
            s.interleave(async {
                sleep(Duration::from_secs(2)).await;
                ended = true;
            });
            s.interleave(sleep(Duration::from_secs(1)));
        })
        .await;
        assert_eq!((start.elapsed().as_secs(), ended), (2, true));
    });
}

#[test]
fn interleaved_children_run_on_the_scopes_own_task() {
    multi(async || {
        let (here, mut there) = (thread::current().id(), Vec::new());
        scope!(|s| {
            s.interleave(async {
                for _ in 0..100 {
                    there.push(thread::current().id());
                    tokio::task::yield_now().await;
                }
            });
            assert_eq!(s.live(), 0, "they are no tasks");
        })
        .await;
        assert!(there.iter().all(|thread| *thread == here), "{there:?}");
    });
}

#[test]
fn interleaved_child_starts_when_the_body_is_suspended() {
    both(async || {
        let started = AtomicBool::new(false);
        scope!(|s| {
            s.interleave(async { started.store(true, Ordering::SeqCst) });
            assert!(!started.load(Ordering::SeqCst));
            tokio::task::yield_now().await;
            assert!(started.load(Ordering::SeqCst));
        })
        .await;
    });
}

#[test]
fn body_and_interleaved_children_talk() {
    both(async || {
        let (send, mut requests) = mpsc::channel::<(u32, oneshot::Sender<u32>)>(1);
        let served = AtomicUsize::new(0);
        let sum = scope!(|s| {
            s.interleave(async {
                while let Some((n, reply)) = requests.recv().await {
                    served.fetch_add(1, Ordering::SeqCst);
                    reply.send(2 * n).unwrap();
                }
            });
            let mut sum = 0;
            for n in 0..10 {
                let (reply, answer) = oneshot::channel();
                send.send((n, reply)).await.unwrap();
                sum += answer.await.unwrap();
            }
            drop(send);
            sum
        })
        .await;
        assert_eq!((sum, served.into_inner()), (90, 10));
    });
}

#[test]
fn interleaved_child_may_hold_what_is_not_sync() {
    both(async || {
        let mut cell = Cell::new(0);
        scope!(|s| {
            let cell = &mut cell;
            s.interleave(async move {
                cell.set(1);
                tokio::task::yield_now().await;
                cell.set(cell.get() + 1);
            });
        })
        .await;
        assert_eq!(cell.get(), 2);
    });
}

#[test]
fn interleaved_child_that_never_returns_is_cancelled_with_its_scope() {
    both(async || {
        let (probes, ticks) = (Probes::new(), AtomicUsize::new(0));
        let failed: Result<(), Fault> = try_scope!(|s| {
            let probe = probes.probe();
            s.interleave(async {
                let _probe = probe;
                loop {
                    ticks.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
            until(|| ticks.load(Ordering::SeqCst) > 3).await;
            Err(Fault("enough"))
        })
        .await;
        assert_eq!(failed, Err(Fault("enough")));
        probes.all_dropped(1);
    });
}

#[test]
fn error_of_an_interleaved_child_ends_the_scope() {
    both(async || {
        let probes = Probes::slow();
        let failed: Result<(), Fault> = try_scope!(|s| {
            let (child, guest, _local) = (probes.probe(), probes.probe(), probes.probe());
            s.launch(async move {
                let _probe = child;
                pending::<()>().await;
            });
            s.interleave(async move {
                let _probe = guest;
                pending::<()>().await;
            });
            s.interleave(async {
                tokio::task::yield_now().await;
                Err(Fault("guest"))
            });
            pending().await
        })
        .await;
        assert_eq!(failed, Err(Fault("guest")));
        probes.all_dropped(3);
    });
}

#[test]
fn interleaved_children_run_no_more_once_the_scope_is_cancelled() {
    single(async || {
        let ran = AtomicUsize::new(0);
        let failed: Result<(), Fault> = try_scope!(|s| {
            for _ in 0..3 {
                s.interleave(async {
                    ran.fetch_add(1, Ordering::SeqCst);
                    Err(Fault("each one"))
                });
            }
            pending().await
        })
        .await;
        assert_eq!((failed, ran.into_inner()), (Err(Fault("each one")), 1));
        assert!(traces().is_empty(), "the others did not fail: {:?}", traces());
    });
}

#[test]
fn panic_of_an_interleaved_child_is_resumed_after_all_have_ended() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(scope!(|s| {
            let (child, guest, _local) = (probes.probe(), probes.probe(), probes.probe());
            s.launch(async move {
                let _probe = child;
                pending::<()>().await;
            });
            s.interleave(async move {
                let _probe = guest;
                tokio::task::yield_now().await;
                panic!("guest");
            });
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "guest");
        probes.all_dropped(3);
    });
}

#[test]
fn destructor_of_an_interleaved_child_that_panics_stops_no_other() {
    both(async || {
        let probes = Probes::new();
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            for _ in 0..5 {
                let probe = probes.probe();
                s.interleave(async {
                    let _probe = probe;
                    let _bomb = OnDrop::new(|| panic!("in a destructor"));
                    pending::<()>().await;
                });
            }
            tokio::task::yield_now().await;
            Err(Fault("earlier"))
        }))
        .await;
        assert_eq!(text_of(&*payload), "in a destructor");
        probes.all_dropped(5);
        assert_eq!(traces().len(), 4, "the first is resumed, the others are traced");
    });
}

#[test]
fn child_that_a_dropped_body_interleaves_is_gone_before_the_scope_ends() {
    both(async || {
        let probes = Probes::new();
        let probe = probes.probe();
        let mut failing = pin!(try_scope!(|s| -> Result<(), Fault> {
            let _late = OnDrop::new(|| s.interleave(async move { drop(probe) }));
            s.launch(async { Err(Fault("child")) });
            pending::<()>().await;
            Ok(())
        }));
        assert!(failing.as_mut().await.is_err());
        probes.all_dropped(1);
    });
}

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

/// Uses up whatever budget its task has, again and again.
async fn hog(until: &AtomicBool) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    while !until.load(Ordering::SeqCst) {
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
            modest(&done).await;
        })
        .await;
    });
}
