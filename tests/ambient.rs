//! The ambient owner (R8): found across function calls, without an argument.

mod outside;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Spawner, checkpoint, root, scope, shield, try_scope};
use tokio::sync::oneshot;

use crate::supervisor::Failures;
use crate::support::{Fault, OnDrop, Probes, both, panic_of, poll_once, text_of, until};

/// A library function that knows nothing of who calls it.
async fn write_down(done: &Arc<AtomicUsize>) {
    checkpoint().await;
    let done = Arc::clone(done);
    let write = async move {
        (0..5).for_each(|_| std::thread::yield_now());
        checkpoint().await;
        done.fetch_add(1, Ordering::SeqCst);
    };
    Spawner::current().launch(write).expect("the caller's owner is open");
}

#[test]
fn the_owner_is_found_across_function_calls_and_waits() {
    both(async || {
        let done = Arc::new(AtomicUsize::new(0));
        scope!(|s| {
            write_down(&done).await; // from the body
            let from_child = Arc::clone(&done);
            s.launch(async move { write_down(&from_child).await });
            let from_helper = Arc::clone(&done);
            let (send, helped) = oneshot::channel();
            s.background(async move {
                write_down(&from_helper).await;
                send.send(()).expect("the body waits");
                pending::<()>().await;
            });
            s.interleave(write_down(&done));
            let from_shield = Arc::clone(&done);
            shield!(write_down(&from_shield).await).await;
            helped.await.expect("the helper says that it has launched");
        })
        .await;
        assert_eq!(done.load(Ordering::SeqCst), 5, "the scope ended after all that it was given");
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn the_innermost_owner_is_the_ambient_one() {
    both(async || {
        scope!(|outer| {
            let (go, goes) = oneshot::channel::<()>();
            outer.launch(async { goes.await.expect("the body lets it go on") });
            assert_eq!(Spawner::current().live(), 1);
            scope!(|inner| {
                assert_eq!(Spawner::current().live(), 0);
                inner.background(pending::<()>());
                let sup = foster::Supervisor::builder("shop").build();
                let in_sup = sup.attempt(async { Ok::<_, Fault>(Spawner::current().live()) });
                assert_eq!(
                    in_sup.await.expect("it does not fail"),
                    1,
                    "in its task, not beside it"
                );
                assert_eq!(inner.spawn(async { Spawner::current().live() }).await, 2);
                assert!(sup.shutdown().await.is_clean());
            })
            .await;
            assert_eq!(Spawner::current().live(), 1, "and the outer one again");
            go.send(()).expect("the outer child is alive");
        })
        .await;
        assert_eq!(Spawner::current().live(), root().live());
    });
}

/// Several scopes on one task: each poll finds its own.
#[test]
fn scopes_that_take_turns_on_one_task_do_not_mix() {
    both(async || {
        let turn = async |n: usize| {
            scope!(|s| {
                for _ in 0..n {
                    s.background(pending::<()>());
                }
                for _ in 0..10 {
                    assert_eq!(Spawner::current().live(), n);
                    checkpoint().await;
                }
            })
            .await;
        };
        tokio::join!(turn(1), turn(2), turn(3), async {
            for _ in 0..10 {
                assert_eq!(Spawner::current().live(), 0, "between them is none of them");
                checkpoint().await;
            }
        });
    });
}

#[test]
fn the_owner_is_found_on_a_blocking_thread() {
    both(async || {
        let done = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&done);
        scope!(|s| {
            s.spawn_blocking(move || {
                let launched = Spawner::current().launch(async move {
                    checkpoint().await;
                    count.fetch_add(1, Ordering::SeqCst);
                });
                launched.expect("the scope is open");
            })
            .await;
        })
        .await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
        assert_eq!(root().live(), 0);
    });
}

/// Says how many tasks the owner has that is ambient where it is dropped.
fn on_drop(seen: &Arc<AtomicUsize>) -> OnDrop<impl FnOnce() + Send + use<>> {
    let seen = Arc::clone(seen);
    OnDrop::new(move || seen.store(Spawner::current().live(), Ordering::SeqCst))
}

#[test]
fn the_owner_is_found_in_destructors() {
    both(async || {
        let seen = [(); 5].map(|()| Arc::new(AtomicUsize::new(usize::MAX)));
        let count = |n: usize| seen[n].load(Ordering::SeqCst);
        let [child, cancelled, never_run, blocking, body] =
            [0, 1, 2, 3, 4].map(|n| on_drop(&seen[n]));
        scope!(|s| {
            let _of_body = body;
            // Two that stay, so that no other owner has as many.
            s.background(pending::<()>());
            s.background(pending::<()>());
            s.spawn(async move { drop(child) }).await;
            let parked = s.spawn(async move {
                let _cancelled = cancelled;
                pending::<()>().await;
            });
            checkpoint().await;
            assert_eq!(parked.cancel().await, None);
            let at_once = s.spawn(async move { drop(never_run) });
            at_once.cancel().await;
            s.spawn_blocking(move || drop(blocking)).await;
        })
        .await;
        assert_eq!([0, 1, 2, 3].map(count), [3; 4], "the two and the one that drops it");
        assert_eq!(count(4), 2, "the body");
    });
}

#[test]
fn the_owner_is_found_in_the_destructor_of_a_value_that_nobody_takes() {
    both(async || {
        let seen = Arc::new(AtomicUsize::new(usize::MAX));
        let untaken = on_drop(&seen);
        scope!(|s| {
            s.background(pending::<()>());
            s.background(pending::<()>());
            let (ready, is_ready) = oneshot::channel();
            let handle = s.spawn(async move {
                is_ready.await.expect("the body says when");
                untaken
            });
            assert!(!handle.is_finished());
            drop(handle); // the child drops its value itself, after its end
            ready.send(()).expect("the child is alive");
        })
        .await;
        assert_eq!(seen.load(Ordering::SeqCst), 3, "the value counts as its task (design 3.1, 1)");
    });
}

#[test]
fn an_err_of_what_was_launched_goes_to_the_nearest_supervisor_and_not_to_the_scope() {
    both(async || {
        let (far, near) = (Failures::new(), Failures::new());
        let outer = far.of("outer").build();
        let reported = near.clone();
        let ended = outer.attempt(async move {
            let inner = reported.of("inner").build();
            let scoped = inner.attempt(async {
                let result: Result<u32, Fault> = try_scope!(|s| {
                    let failing = async { Err(Fault("declined")) };
                    Spawner::current().launch(failing).expect("the scope is open");
                    s.launch(checkpoint());
                    Ok(3)
                })
                .await;
                result
            });
            let result = scoped.await;
            assert!(inner.join().await.is_clean());
            result
        });
        assert_eq!(ended.await.expect("it does not panic"), 3, "the scope is not harmed");
        let _report = outer.join().await;
        assert_eq!((near.what(), far.what()), (vec!["error: declined".to_owned()], vec![]));
    });
}

#[test]
fn a_panic_of_what_was_launched_is_the_scopes() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let probes = Probes::slow();
        let probe = probes.probe();
        let told = sup.attempt(async move {
            let payload = panic_of(scope!(|s| {
                s.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                let panics = async { panic!("a bug") };
                Spawner::current().launch(panics).expect("the scope is open");
                pending::<()>().await;
            }))
            .await;
            probes.all_dropped(1);
            Ok::<_, Fault>(text_of(&*payload).to_owned())
        });
        assert_eq!(told.await.expect("the task around goes on"), "a bug");
        let _report = sup.join().await;
        assert!(failures.what().is_empty(), "it was not reported as well");
    });
}

#[test]
fn an_attempt_there_keeps_its_failure_in_its_handle() {
    both(async || {
        let n = scope!(|s| {
            let panics = async { if true { panic!("a bug") } else { Ok::<(), Fault>(()) } };
            let failing = Spawner::current().attempt(async { Err::<(), _>(Fault("declined")) });
            let panicking = Spawner::current().attempt(panics);
            assert!(failing.expect("it is open").await.expect_err("it failed").error().is_some());
            assert!(panicking.expect("it is open").await.expect_err("it panicked").is_panic());
            s.spawn(async { 8 }).await
        });
        assert_eq!(n.await, 8);
    });
}

/// The parent is the owner at the first poll, wherever the scope was made or goes.
#[test]
fn a_scope_belongs_to_the_owner_at_its_first_poll() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        let made = scope!(|_s| {
            let kept = scope!(|inner| {
                inner.launch(async move {
                    let _probe = probe;
                    pending::<()>().await;
                });
                pending::<()>().await;
            });
            [Box::pin(kept)]
        });
        let [mut kept] = made.await;
        scope!(|s| {
            assert!(poll_once(&mut kept).await.is_pending());
            drop(kept);
            assert!(s.live() <= 1);
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn a_panicking_task_leaves_no_owner_behind_on_its_thread() {
    both(async || {
        for _ in 0..20 {
            let payload = panic_of(scope!(|s| {
                s.launch(async { panic!("a bug") });
                pending::<()>().await;
            }))
            .await;
            assert_eq!(text_of(&*payload), "a bug");
            assert_eq!(Spawner::current().live(), root().live());
        }
        until(|| root().live() == 0).await;
    });
}
