//! The process root (R1, R2): the owner of last resort, one per runtime.

use std::future::pending;
use std::thread;

use foster::{Spawner, Supervisor, checkpoint, root, scope, shield};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::support::{Probes, both, multi, on_thread, poll_once, single, traces, unowned, until};

#[test]
fn drained_ends_at_once_when_there_is_nothing() {
    both(async || {
        assert!(poll_once(&mut Box::pin(root().drained())).await.is_ready());
    });
}

#[test]
fn drained_waits_for_all_that_was_left_behind() {
    both(async || {
        let probes = Probes::slow();
        let [in_scope, in_supervisor, in_shield] = [(); 3].map(|()| probes.probe());
        let (go, goes) = oneshot::channel::<()>();
        let mut dropped = Box::pin(scope!(|s| {
            s.launch(async move {
                let _probe = in_scope;
                pending::<()>().await;
            });
            pending::<()>().await;
        }));
        assert!(poll_once(&mut dropped).await.is_pending());
        drop(dropped);
        let sup = Supervisor::builder("shop").build();
        sup.launch(async move {
            let _probe = in_supervisor;
            pending::<()>().await;
        });
        drop(sup);
        let mut charge = shield!({
            let _probe = in_shield;
            goes.await.expect("the test lets it go on");
        });
        assert!(poll_once(&mut charge).await.is_pending());
        drop(charge);
        until(|| root().live() == 1).await;
        assert_eq!(probes.dropped(), 2, "all but the shield");
        let root = root();
        let mut drained = Box::pin(root.drained());
        assert!(poll_once(&mut drained).await.is_pending());
        go.send(()).expect("the shield is alive");
        drained.await;
        probes.all_dropped(3);
        assert_eq!(root.live(), 0);
    });
}

/// Each thing that was passed on is one task of the root's, whatever it holds.
#[test]
fn what_a_dropped_owner_leaves_counts_as_one() {
    single(async || {
        let (go, goes) = oneshot::channel::<()>();
        let mut charges = Box::pin(scope!(|s| {
            s.launch(pending::<()>());
            s.launch(pending::<()>());
            shield!(goes.await.expect("the test lets it go on")).await;
        }));
        assert!(poll_once(&mut charges).await.is_pending());
        drop(charges);
        assert_eq!(root().live(), 1);
        go.send(()).expect("the shield is alive");
        root().drained().await;
    });
}

#[test]
fn drained_waits_for_scopes_that_are_open_and_not_for_living_supervisors() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        sup.launch(pending::<()>());
        let (go, goes) = oneshot::channel::<()>();
        let (started, starts) = oneshot::channel();
        let elsewhere = unowned(scope!(|s| {
            s.launch(async { goes.await.expect("the test lets it go on") });
            checkpoint().await; // from its first suspension on, the root knows of the scope
            started.send(()).expect("the test waits");
        }));
        starts.await.expect("the scope is open");
        let root = root();
        let mut drained = Box::pin(root.drained());
        assert!(poll_once(&mut drained).await.is_pending(), "a scope is open");
        go.send(()).expect("the child is alive");
        drained.await;
        assert_eq!(sup.live(), 1, "the supervisor's task goes on");
        elsewhere.await.expect("the scope does not panic");
        drop(sup);
    });
}

#[test]
fn many_may_wait_until_all_is_drained() {
    both(async || {
        let (go, goes) = oneshot::channel::<()>();
        let task = async { goes.await.expect("the test lets it go on") };
        Spawner::current().launch(task).expect("the root never ends");
        let waiting: Vec<_> = (0..50).map(|_| unowned(async { root().drained().await })).collect();
        // One that gives up takes nobody with it.
        assert!(poll_once(&mut Box::pin(root().drained())).await.is_pending());
        checkpoint().await;
        assert!(waiting.iter().all(|waits| !waits.is_finished()));
        go.send(()).expect("the task is alive");
        for waits in waiting {
            waits.await.expect("it does not panic");
        }
    });
}

#[test]
fn drained_sees_what_is_passed_on_while_it_waits() {
    multi(async || {
        let probes = Probes::slow();
        let chains: Vec<_> = (0..8)
            .map(|_| {
                let probe = probes.probe();
                let mut chain = Box::pin(scope!(|s| {
                    s.launch(async move {
                        let mut inner = Box::pin(scope!(|s| {
                            s.launch(async move {
                                let _probe = probe;
                                pending::<()>().await;
                            });
                            pending::<()>().await;
                        }));
                        assert!(poll_once(&mut inner).await.is_pending());
                        inner.await;
                    });
                    pending::<()>().await;
                }));
                unowned(async move {
                    assert!(poll_once(&mut chain).await.is_pending());
                    checkpoint().await;
                })
            })
            .collect();
        for chain in chains {
            chain.await.expect("it does not panic");
        }
        root().drained().await;
        probes.all_dropped(8);
    });
}

#[test]
fn each_runtime_has_a_root_of_its_own() {
    both(async || {
        let (go, goes) = oneshot::channel::<()>();
        let task = async { goes.await.expect("the test lets it go on") };
        Spawner::current().launch(task).expect("the root never ends");
        let elsewhere = thread::spawn(|| {
            let runtime = runtime::Builder::new_current_thread().build().expect("it can be built");
            runtime.block_on(async {
                root().drained().await; // at once, or this would wait for the other one
                root().live()
            })
        });
        assert_eq!(elsewhere.join().expect("it does not panic"), 0);
        assert_eq!(root().live(), 1);
        go.send(()).expect("the task is alive");
        root().drained().await;
    });
}

/// The end of a runtime is no cancellation that anybody waits for: but nothing of it stays.
#[test]
fn the_end_of_the_runtime_drops_every_task_and_names_the_shields() {
    both(async || {
        let probes = Probes::new();
        let made = probes.clone();
        let events = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().build().expect("it can be built");
            runtime.block_on(async {
                let [in_root, in_scope, in_shield, in_supervisor] = [(); 4].map(|()| made.probe());
                let parked = async |probe| {
                    let _probe = probe;
                    pending::<()>().await;
                };
                Spawner::current().launch(parked(in_root)).expect("the root never ends");
                let sup = Supervisor::builder("shop").build();
                sup.launch(parked(in_supervisor));
                let mut left = Box::pin(scope!(|s| {
                    s.launch(parked(in_scope));
                    shield!(parked(in_shield).await).named("charge").await;
                }));
                assert!(poll_once(&mut left).await.is_pending());
                checkpoint().await;
            });
            drop(runtime);
            traces().into_iter().filter(|event| event.text.contains("charge")).count()
        });
        assert_eq!(events.join().expect("it does not panic"), 1);
        probes.all_dropped(4);
    });
}

/// Uses foster when its thread's local storage is dropped.
struct InThreadLocal(std::sync::mpsc::Sender<usize>);

impl Drop for InThreadLocal {
    fn drop(&mut self) {
        let runtime = runtime::Builder::new_current_thread().build().expect("it can be built");
        let seen = runtime.block_on(async {
            Spawner::current().launch(async {}).expect("the root accepts it");
            scope!(|s| { s.spawn(async { 7 }).await }).await + root().live()
        });
        self.0.send(seen).expect("the test listens");
    }
}

#[test]
fn the_destructor_of_a_thread_local_may_use_foster() {
    thread_local! {
        // Made after tokio's own and before foster's: gone are those that were made later.
        static LATE: std::cell::RefCell<Option<InThreadLocal>> =
            const { std::cell::RefCell::new(None) };
    }
    let (send, seen) = std::sync::mpsc::channel();
    let thread = on_thread(move || {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {});
        LATE.set(Some(InThreadLocal(send)));
        runtime.block_on(async { scope!(|s| { s.spawn(async {}).await }).await });
    });
    thread.join().expect("no destructor panics");
    assert_eq!(seen.recv(), Ok(7));
}
