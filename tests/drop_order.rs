//! In which order things go at the end of a scope, and that what they borrow outlives them (R6).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Interrupted, scope, shield, try_scope};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::support::{Fault, OnDrop, Probes, Sequence, both, panic_of, poll_once, single, text_of};

#[test]
fn locals_of_the_body_go_before_the_scope_ends_and_in_reverse() {
    both(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let _first = steps.on_drop(3);
            let _second = steps.on_drop(2);
            s.spawn(async {}).await;
            steps.expect(1);
        })
        .await;
        steps.expect(4);
        let failed: Result<(), Fault> = try_scope!(|s| {
            let _first = steps.on_drop(7);
            let _second = steps.on_drop(6);
            steps.expect(5);
            s.launch(async { Err(Fault("bad")) });
            pending().await
        })
        .await;
        assert_eq!(failed, Err(Fault("bad")));
        steps.finish(8);
    });
}

#[test]
fn body_then_children_then_helpers() {
    single(async || {
        let steps = Sequence::new();
        let name = scope!(|s| {
            let (helper, child, late_child) =
                (steps.on_drop(5), steps.on_drop(3), steps.on_drop(4));
            s.background(async move {
                let _helper = helper;
                sleep(Duration::from_secs(1000)).await;
            });
            s.launch(async move {
                let _child = child;
                sleep(Duration::from_secs(2)).await;
            });
            let spawner = s.spawner();
            s.launch(async move {
                sleep(Duration::from_secs(1)).await;
                let launched = spawner.launch(async move {
                    let _child = late_child;
                    sleep(Duration::from_secs(3)).await;
                });
                assert!(launched.is_ok(), "the body has ended, its children have not");
            });
            let _body = steps.on_drop(2);
            steps.expect(1);
            "value"
        })
        .await;
        assert_eq!(name, "value");
        steps.finish(6);
    });
}

#[test]
fn interleaved_children_are_of_the_foreground() {
    single(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let helper = steps.on_drop(3);
            s.background(async move {
                let _helper = helper;
                pending::<()>().await;
            });
            s.interleave(async {
                sleep(Duration::from_secs(2)).await;
                steps.expect(2);
            });
            steps.expect(1);
        })
        .await;
        steps.finish(4);
    });
}

#[test]
fn shields_of_children_are_waited_for_before_helpers_are_cancelled() {
    single(async || {
        let steps = Sequence::new();
        scope!(|s| {
            let (helper, shielded) = (steps.on_drop(2), steps.clone());
            s.background(async move {
                let _helper = helper;
                pending::<()>().await;
            });
            let child = s.spawn(async move {
                shield!({
                    sleep(Duration::from_secs(2)).await;
                    shielded.expect(1);
                })
                .await;
            });
            sleep(Duration::from_secs(1)).await;
            assert_eq!(child.cancel().await, None);
        })
        .await;
        steps.finish(3);
    });
}

/// Reads what is borrowed when it is dropped: that has to be there still.
struct Borrower<'a>(&'a Vec<String>, &'a AtomicUsize);

impl Drop for Borrower<'_> {
    fn drop(&mut self) {
        self.1.fetch_add(self.0.iter().map(String::len).sum(), Ordering::SeqCst);
    }
}

async fn borrow(borrower: Borrower<'_>) {
    let _borrower = borrower;
    pending::<()>().await;
}

#[test]
fn interleaved_children_go_before_what_they_borrow() {
    both(async || {
        let (words, read) = (vec![String::from("ab"), String::from("c")], AtomicUsize::new(0));
        let failed: Result<(), Fault> = try_scope!(|s| {
            s.interleave(borrow(Borrower(&words, &read)));
            tokio::task::yield_now().await;
            s.interleave(borrow(Borrower(&words, &read)));
            Err(Fault("bad"))
        })
        .await;
        assert_eq!((failed, read.load(Ordering::SeqCst)), (Err(Fault("bad")), 6));

        let payload = panic_of(scope!(|s| {
            s.interleave(borrow(Borrower(&words, &read)));
            tokio::task::yield_now().await;
            s.interleave(borrow(Borrower(&words, &read)));
            panic!("body");
        }))
        .await;
        assert_eq!((text_of(&*payload), read.load(Ordering::SeqCst)), ("body", 12));

        let mut dropped = Box::pin(scope!(|s| {
            s.interleave(borrow(Borrower(&words, &read)));
            tokio::task::yield_now().await;
            s.interleave(borrow(Borrower(&words, &read)));
            pending::<()>().await;
        }));
        assert!(poll_once(&mut dropped).await.is_pending());
        drop(dropped);
        assert_eq!(read.load(Ordering::SeqCst), 15, "with the scope, not later");
        drop(words);
    });
}

#[test]
fn all_go_before_a_bounded_scope_says_that_it_was_interrupted() {
    single(async || {
        let (probes, read) = (Probes::new(), AtomicUsize::new(0));
        let words = vec![String::from("abc")];
        let ended = scope!(|s| {
            let (child, helper, _local) = (probes.probe(), probes.probe(), probes.probe());
            s.launch(async move {
                let _probe = child;
                pending::<()>().await;
            });
            s.background(async move {
                let _probe = helper;
                pending::<()>().await;
            });
            s.interleave(borrow(Borrower(&words, &read)));
            pending::<()>().await;
        })
        .within(Duration::from_secs(1))
        .await;
        assert_eq!(ended, Err(Interrupted::Elapsed));
        assert_eq!(read.load(Ordering::SeqCst), 3);
        probes.all_dropped(3);
    });
}

#[test]
fn inner_tasks_go_before_the_locals_of_the_outer_body() {
    both(async || {
        let steps = Sequence::new();
        scope!(|_s| {
            let _outer = steps.on_drop(4);
            let in_between = scope!(|s| {
                let (parked, task) = (Arc::new(Notify::new()), steps.on_drop(2));
                let child_parked = Arc::clone(&parked);
                s.background(async move {
                    let _task = task;
                    child_parked.notify_one();
                    pending::<()>().await;
                });
                parked.notified().await;
                steps.expect(1);
                steps.on_drop(3)
            })
            .await;
            drop(in_between);
        })
        .await;
        steps.finish(5);
    });
}

#[test]
fn destructor_of_a_child_may_take_its_time() {
    both(async || {
        for _ in 0..50 {
            let ended = Arc::new(AtomicUsize::new(0));
            let failed: Result<(), Fault> = try_scope!(|s| {
                for _ in 0..4 {
                    let ended = Arc::clone(&ended);
                    s.launch(async move {
                        let _slow = OnDrop::new(move || {
                            (0..200).for_each(|_| std::thread::yield_now());
                            ended.fetch_add(1, Ordering::SeqCst);
                        });
                        tokio::task::yield_now().await;
                        pending::<()>().await;
                    });
                }
                tokio::task::yield_now().await;
                Err(Fault("bad"))
            })
            .await;
            // A child that never ran has no destructor yet: its captures are dropped, and no more.
            assert_eq!(failed, Err(Fault("bad")));
            assert_eq!(Arc::strong_count(&ended), 1, "a task is left");
        }
    });
}
