//! Memory (R9), in a process of its own: an owner holds memory for live children only, and what a
//! burst took is given back.

use std::alloc::System;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foster::{Spawner, Supervisor, checkpoint, root, scope, shield, supervised, try_scope};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::runtime;
use tokio::sync::Notify;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Children of one test that is about many.
const MANY: usize = 1_000_000;

/// Children that live at a time.
const WAVE: usize = 1000;

/// Children of a burst.
const BURST: usize = 100_000;

/// What may differ: of the test harness, and a page that is still in use. A byte for each child of a
/// burst would be more.
const SLACK: usize = 64 * 1024;

/// Runs a test alone, in a runtime of one thread.
fn alone(test: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(async {
        let hung = tokio::time::timeout(Duration::from_mins(5), test).await;
        hung.expect("the test hangs");
    });
}

/// Bytes that are allocated now.
fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Checks that what is allocated now is what was before, but for the slack.
#[track_caller]
fn assert_given_back(before: usize, what: &str) {
    let now = live_bytes();
    assert!(now <= before + SLACK, "{what}: {before} bytes before, {now} after");
}

/// Grows what the runtime keeps for ever, its queue above all, to what so many tasks need.
async fn warm_up(tasks: usize) {
    let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(checkpoint())).collect();
    for task in tasks {
        task.await.expect("it does not panic");
    }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Is suspended once, and fails when its number is odd.
async fn child(n: usize) -> Result<(), Refused> {
    checkpoint().await;
    if n.is_multiple_of(2) { Ok(()) } else { Err(Refused) }
}

#[test]
fn a_million_children_of_one_scope_leave_nothing_behind() {
    alone(async {
        warm_up(2 * WAVE).await;
        let result: Result<usize, Refused> = try_scope!(|s| {
            let mut failed = 0;
            let before = live_bytes();
            for _ in 0..MANY / WAVE {
                let mut handles: Vec<_> = (0..WAVE).map(|n| s.attempt(child(n))).collect();
                // A quarter of the handles is dropped, before their children have ended.
                handles.truncate(WAVE * 3 / 4);
                for handle in handles {
                    failed += usize::from(handle.await.is_err());
                }
                while s.live() > 0 {
                    checkpoint().await;
                }
                assert_given_back(before, "a wave through a scope");
            }
            Ok(failed)
        })
        .await;
        assert_eq!(result.expect("attempts fail for themselves"), MANY * 3 / 8);
    });
}

#[test]
fn a_million_children_of_one_supervisor_leave_only_their_counts() {
    alone(async {
        warm_up(2 * WAVE).await;
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let sup = Supervisor::builder("flood").on_failure(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let sup = sup.build();
        let before = live_bytes();
        for _ in 0..MANY / WAVE {
            for n in 0..WAVE {
                sup.launch(child(n));
            }
            while sup.live() > 0 {
                checkpoint().await;
            }
            assert_given_back(before, "a wave through a supervisor");
        }
        let report = sup.join().await;
        assert_eq!((report.finished, report.failed), (MANY / 2, MANY / 2));
        assert_eq!(told.load(Ordering::SeqCst), MANY / 2, "each failure was told once");
    });
}

/// Tasks with a name and a grace of their own, and shields with one: in all ways to end.
#[test]
fn what_has_a_grace_of_its_own_leaves_nothing_behind() {
    alone(async {
        warm_up(2 * WAVE).await;
        for is_requested in [false, true] {
            let sup = Supervisor::builder("flood").grace(Duration::from_mins(1));
            let sup = sup.on_failure(|_| {}).build();
            let spawner = sup.spawner();
            if is_requested {
                spawner.shutdown();
            }
            let mut before = None;
            for _ in 0..100_000 / WAVE {
                for n in 0..WAVE / 4 {
                    // Longer than the supervisor's, and shorter.
                    let grace = Duration::from_mins(if n % 2 == 0 { 9 } else { 0 }) + HOLD;
                    sup.task("launched").grace(grace).launch(child(n));
                    drop(sup.task("attempted").grace(grace).attempt(child(n)));
                    let pending = std::future::pending::<Result<(), Refused>>();
                    let cancelled = sup.task("cancelled").grace(grace).attempt(pending);
                    assert!(cancelled.cancel().await.is_none());
                    let mut shield = sup.shield(child(n)).grace(grace);
                    tokio::select! {
                        biased;
                        _ = &mut shield => {}
                        () = async {} => {}
                    }
                }
                while sup.live() > 0 {
                    checkpoint().await;
                }
                assert_given_back(*before.get_or_insert_with(live_bytes), "a wave of named tasks");
            }
            let report = sup.join().await;
            assert_eq!((report.cancelled, report.finished > 0), (25_000, true), "{report}");
            assert!(report.is_clean(), "{report}");
        }
    });
}

/// Longer than a child takes.
const HOLD: Duration = Duration::from_secs(30);

/// What a burst waits for.
#[derive(Default)]
struct Gate {
    opened: Notify,
    waiting: AtomicUsize,
}

/// Waits until the gate is opened.
async fn parked(gate: Arc<Gate>) {
    let opened = gate.opened.notified();
    gate.waiting.fetch_add(1, Ordering::SeqCst);
    opened.await;
}

/// Starts a burst of children, of which one survives; ends the others; and then this one.
async fn burst(launch: impl Fn(Arc<Gate>), live: impl Fn() -> usize, survivor: usize) {
    warm_up(BURST).await;
    let (gate, later) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    let before = live_bytes();
    for n in 0..BURST {
        launch(Arc::clone(if n == survivor { &later } else { &gate }));
    }
    while gate.waiting.load(Ordering::SeqCst) + later.waiting.load(Ordering::SeqCst) < BURST {
        checkpoint().await;
    }
    assert_eq!(live(), BURST);
    assert!(live_bytes() > before + BURST, "they are alive");
    gate.opened.notify_waiters();
    while live() > 1 {
        checkpoint().await;
    }
    assert_given_back(before, "a burst with one survivor");
    later.opened.notify_waiters();
    while live() > 0 {
        checkpoint().await;
    }
    assert_given_back(before, "a burst");
}

#[test]
fn a_burst_in_a_scope_is_given_back_also_while_one_child_survives() {
    alone(async {
        for survivor in [0, BURST / 2, BURST - 1] {
            scope!(|s| {
                burst(|gate| s.launch(parked(gate)), || s.live(), survivor).await;
            })
            .await;
        }
    });
}

#[test]
fn a_burst_in_a_supervisor_is_given_back_also_while_one_task_survives() {
    alone(async {
        for survivor in [0, BURST / 2, BURST - 1] {
            let sup = Supervisor::builder("burst").build();
            burst(|gate| sup.launch(parked(gate)), || sup.live(), survivor).await;
            assert_eq!(sup.join().await.finished, BURST);
        }
    });
}

#[test]
fn a_burst_that_is_cancelled_is_given_back() {
    alone(async {
        scope!(|s| {
            warm_up(BURST).await;
            let before = live_bytes();
            let gate = Arc::new(Gate::default());
            for _ in 0..BURST {
                s.launch(parked(Arc::clone(&gate)));
            }
            while gate.waiting.load(Ordering::SeqCst) < BURST {
                checkpoint().await;
            }
            s.cancel_children().await;
            assert_given_back(before, "a burst");
        })
        .await;
    });
}

#[test]
fn a_burst_of_interleaved_children_is_given_back_also_while_one_survives() {
    alone(async {
        for survivor in [0, BURST / 2, BURST - 1] {
            let ended = AtomicUsize::new(0);
            scope!(|s| {
                let interleave = |gate| {
                    s.interleave(async {
                        parked(gate).await;
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                };
                burst(interleave, || BURST - ended.load(Ordering::SeqCst), survivor).await;
            })
            .await;
        }
    });
}

#[test]
fn interleaved_children_that_are_cancelled_when_it_is_their_turn_leave_nothing_behind() {
    alone(async {
        let mut before = None;
        for _ in 0..100 {
            let gate = Arc::new(Gate::default());
            let result: Result<(), Refused> = try_scope!(|s| {
                for _ in 0..WAVE {
                    let gate = Arc::clone(&gate);
                    s.interleave(async {
                        parked(gate).await;
                        Ok::<_, Refused>(())
                    });
                }
                while gate.waiting.load(Ordering::SeqCst) < WAVE {
                    checkpoint().await;
                }
                gate.opened.notify_waiters();
                Err(Refused)
            })
            .await;
            assert!(result.is_err());
            drop(gate);
            assert_given_back(*before.get_or_insert_with(live_bytes), "a wave that was woken");
        }
    });
}

#[test]
fn an_interleaved_child_takes_two_allocations() {
    alone(async {
        let before = ALLOCATOR.stats().allocations;
        scope!(|s| {
            for _ in 0..WAVE {
                s.interleave(checkpoint());
            }
        })
        .await;
        let more = ALLOCATOR.stats().allocations - before - 2 * WAVE;
        // Their vectors grow; the harness may allocate meanwhile.
        assert!(more < WAVE / 4, "{more} more than two each");
    });
}

#[supervised(s)]
async fn supervised_call(n: usize, text: &str) -> usize {
    s.spawn(async move { n }).await + text.len()
}

#[test]
fn a_supervised_function_allocates_what_its_scope_does() {
    alone(async {
        warm_up(WAVE).await;
        let before = ALLOCATOR.stats().allocations;
        for n in 0..WAVE {
            let text = "text";
            let value = scope!(|s| s.spawn(async move { n }).await + text.len()).await;
            assert_eq!(value, n + 4);
        }
        let of_scopes = ALLOCATOR.stats().allocations - before;
        for n in 0..WAVE {
            assert_eq!(supervised_call(n, "text").await, n + 4);
        }
        let of_functions = ALLOCATOR.stats().allocations - before - of_scopes;
        // The harness may allocate meanwhile; a box for each call would be far more.
        assert!(of_functions.abs_diff(of_scopes) < WAVE / 2, "{of_scopes}, {of_functions}");
    });
}

/// The scopes, shields and supervisors of a long life leave nothing with the owner around.
#[test]
fn sub_scopes_shields_and_nested_supervisors_leave_nothing_behind() {
    alone(async {
        let sup = Supervisor::builder("service").build();
        let served = sup.attempt(async {
            let mut before = None;
            for _ in 0..200 {
                for _ in 0..100 {
                    scope!(|s| s.spawn(checkpoint()).await).await;
                    shield!(checkpoint().await).await;
                    let nested = Supervisor::builder("request").build();
                    nested.launch(checkpoint());
                    assert_eq!(nested.join().await.finished, 1);
                    drop(Supervisor::builder("request").build());
                    // Left behind, and taken over.
                    let mut left = shield!(checkpoint().await);
                    tokio::select! {
                        biased;
                        () = &mut left => {}
                        () = async {} => {}
                    }
                }
                while Spawner::current().live() > 1 {
                    checkpoint().await;
                }
                assert_given_back(*before.get_or_insert_with(live_bytes), "a hundred requests");
            }
            Ok::<_, Refused>(())
        });
        served.await.expect("it does not fail");
        assert!(sup.join().await.is_clean());
    });
}

/// Neither who has waited nor who gave up stays with the root.
#[test]
fn waiting_for_the_root_leaves_nothing_with_it() {
    alone(async {
        let (kept, gate) = (root(), Arc::new(Gate::default()));
        for busy in [false, true] {
            if busy {
                Spawner::current().launch(parked(Arc::clone(&gate))).expect("it never ends");
            }
            warm_up(WAVE).await;
            let before = live_bytes();
            for _ in 0..10 * WAVE {
                let waits = tokio::spawn(async {
                    tokio::select! {
                        biased;
                        () = async { root().drained().await } => {}
                        () = async {} => {}
                    }
                });
                waits.await.expect("it does not panic");
            }
            assert_given_back(before, if busy { "those who gave up" } else { "those who waited" });
        }
        gate.opened.notify_waiters();
        kept.drained().await;
    });
}
