//! Interleaved children: they run on the scope's own task, so they may borrow (R6).

mod names;
mod turns;

use std::cell::Cell;
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use foster::{scope, try_scope};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use crate::support::{
    Fault, OnDrop, Probes, both, multi, panic_of, single, text_of, traces, until,
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
        assert_eq!(traces().len(), 5, "the first is resumed; the others and the error are traced");
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
