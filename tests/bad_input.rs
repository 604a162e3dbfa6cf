//! Misuse: each panics with a clear message, at the place of who misuses.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foster::{Spawner, Supervisor, checkpoint, root, scope, shield};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::support::{Fault, Probes, both, panic_of, poll_once, text_of, unowned};

/// A panic: what was said, and where.
#[derive(Debug)]
struct Panicked {
    text: String,
    at: Option<(String, u32)>,
}

thread_local! {
    static LAST: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// Notes where each panic is, and goes on as before.
static HOOK: LazyLock<()> = LazyLock::new(|| {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = |place: &Location<'_>| (place.file().to_owned(), place.line());
        LAST.set(panic.location().map(place));
        before(panic);
    }));
});

/// Does what must panic on this thread.
fn panics<T>(misuse: impl FnOnce() -> T) -> Panicked {
    LazyLock::force(&HOOK);
    let Err(payload) = catch_unwind(AssertUnwindSafe(misuse)) else { panic!("it must panic") };
    Panicked { text: text_of(&*payload).to_owned(), at: LAST.take() }
}

/// Polls a future once, outside of any runtime.
fn poll_outside<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn assert_at(panicked: &Panicked, line: u32) {
    assert_eq!(panicked.at, Some((file!().to_owned(), line)), "{panicked:?}");
}

#[test]
fn a_child_outside_of_a_runtime_is_refused_where_it_is_started() {
    let probes = Probes::new();
    let [launched, spawned, attempted, background, blocking] = [(); 5].map(|()| probes.probe());
    let line = line!();
    let misuses = [
        panics(|| poll_outside(scope!(|s| s.launch(async move { drop(launched) })))),
        panics(|| poll_outside(scope!(|s| s.spawn(async move { drop(spawned) }).await))),
        panics(|| poll_outside(scope!(|s| s.attempt(async move { drop(attempted) }).await))),
        panics(|| poll_outside(scope!(|s| s.background(async move { drop(background) })))),
        panics(|| poll_outside(scope!(|s| s.spawn_blocking(move || drop(blocking)).await))),
    ];
    for (misuse, line) in misuses.iter().zip(line + 2..) {
        assert_at(misuse, line);
        assert!(misuse.text.contains("must be called from the context of a Tokio"), "{misuse:?}");
    }
    probes.all_dropped(5);
}

#[test]
fn a_scope_without_children_needs_no_runtime() {
    let borrowed = [1, 2, 3];
    let sum = scope!(|_s| borrowed.iter().sum::<i32>());
    assert_eq!(poll_outside(sum), Poll::Ready(6));
}

#[test]
fn a_supervisor_outside_of_a_runtime_refuses_and_is_left_as_it_was() {
    let probes = Probes::new();
    let (launched, attempted) = (probes.probe(), probes.clone());
    let sup = Supervisor::builder("shop").build();
    let spawner = sup.spawner();
    let line = line!();
    let misuses = [
        panics(|| sup.launch(async move { drop(launched) })),
        panics(|| sup.attempt(async move { Ok::<_, Fault>(attempted.made()) })),
        panics(|| spawner.launch(checkpoint())),
        panics(|| spawner.attempt(async { Ok::<_, Fault>(()) })),
    ];
    for (misuse, line) in misuses.iter().zip(line + 2..) {
        assert_at(misuse, line);
    }
    assert_eq!(sup.live(), 0, "nothing of them is counted");
    probes.all_dropped(1);
}

#[test]
fn a_task_that_could_not_be_started_is_in_no_report() {
    let sup = Supervisor::builder("shop").build();
    let spawner = sup.spawner();
    panics(|| sup.launch(checkpoint()));
    let mut shield = sup.shield(checkpoint());
    panics(|| poll_outside(&mut shield));
    drop(shield);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let report = runtime.expect("a runtime can be built").block_on(sup.shutdown());
    assert_eq!((report.finished, report.cancelled, report.panicked), (0, 0, 0), "{report}");
    assert!(report.is_clean(), "what never ran was not forced: {report}");
    assert_eq!(spawner.live(), 0);
}

#[test]
fn a_plain_thread_is_refused_by_a_spawner_that_has_no_runtime_either() {
    let sup = Supervisor::builder("shop").build();
    let spawner = sup.spawner();
    let refused = std::thread::spawn(move || {
        let line = line!() + 1;
        let misuse = panics(|| spawner.launch(checkpoint()));
        assert_at(&misuse, line);
    });
    refused.join().expect("it is the misuse that panics");
}

#[test]
fn a_closed_owner_needs_no_runtime_to_hand_a_future_back() {
    let sup = Supervisor::builder("shop").build();
    let spawner = sup.spawner();
    drop(sup);
    assert!(spawner.launch(checkpoint()).is_err());
    assert!(spawner.attempt(async { Ok::<_, Fault>(()) }).is_err());
}

#[test]
fn the_current_owner_outside_of_a_runtime_does_not_exist() {
    let line = line!() + 1;
    let current = panics(|| Spawner::current().live());
    let root = panics(|| root().live());
    assert_at(&current, line);
    assert_at(&root, line + 1);
    let text = "no owner: `Spawner::current` was called outside of a tokio runtime";
    assert_eq!(current.text, text);
    assert_eq!(root.text, "`foster::root` was called outside of a tokio runtime");
    let shield = panics(|| poll_outside(shield!(checkpoint().await)));
    assert_eq!(shield.text, "no owner: a shield was polled outside of a tokio runtime");
}

#[test]
fn futures_that_have_ended_say_so_when_polled_again() {
    both(async || {
        let mut ended = Box::pin(scope!(|_s| 5));
        assert_eq!(poll_once(&mut ended).await, Poll::Ready(5));
        let payload = panic_of(&mut ended).await;
        assert_eq!(text_of(&*payload), "`ScopeFuture` polled after completion");
        let mut ended = shield!(5);
        assert_eq!((&mut ended).await, 5);
        let payload = panic_of(&mut ended).await;
        assert_eq!(text_of(&*payload), "`Shield` polled after completion");
    });
}

#[test]
fn a_shield_that_runs_cannot_be_bounded_any_more() {
    both(async || {
        LazyLock::force(&HOOK);
        // It waits for this: on a runtime of two threads it could end within its first poll.
        let (go, goes) = oneshot::channel::<()>();
        let mut running = shield!(goes.await.expect("the test lets it go on"));
        assert!(poll_once(&mut running).await.is_pending());
        let line = line!() + 1;
        let misuse = panics(move || running.within(Duration::from_secs(1)));
        assert_eq!(misuse.text, "a shield that has started cannot be bounded any more");
        assert_at(&misuse, line);
        go.send(()).expect("the shield is alive");
    });
}

#[test]
fn a_scope_that_was_swapped_out_of_its_body_starts_nothing() {
    both(async || {
        let (send, receive) = std::sync::mpsc::channel();
        scope!(|outer| {
            scope!(|inner| {
                std::mem::swap(outer, inner);
                inner.launch(async {}); // the outer one, which is open
            })
            .await;
            // What is in `outer` now has ended.
            let misuse = panics(|| outer.launch(async {}));
            send.send(misuse.text).expect("the test waits");
        })
        .await;
        let text = receive.recv().expect("it was sent");
        assert!(text.starts_with("this scope has ended: it was swapped out of its body"), "{text}");
    });
}

/// M12: nor can a scope that goes on elsewhere wait for what its handle would yield.
#[test]
fn a_handle_of_a_scope_whose_runtime_is_gone_says_so() {
    both(async || {
        let elsewhere = std::thread::spawn(|| {
            let runtime = runtime::Builder::new_current_thread().build().expect("it can be built");
            let mut scope = Box::pin(scope!(|s| s.spawn(pending::<()>()).await));
            assert!(runtime.block_on(poll_once(&mut scope)).is_pending());
            scope
        });
        let scope = elsewhere.join().expect("it does not panic");
        let payload = panic_of(scope).await;
        let text = "the runtime of this child was shut down before the child ended";
        assert_eq!(text_of(&*payload), text);
    });
}

/// M12: a runtime that is gone cannot finish what is awaited elsewhere.
#[test]
fn a_task_whose_runtime_was_shut_down_was_cancelled() {
    both(async || {
        let elsewhere = std::thread::spawn(|| {
            let runtime = runtime::Builder::new_current_thread().build().expect("it can be built");
            let _inside = runtime.enter();
            let sup = Supervisor::builder("shop").build();
            let handle = sup.task("stock").attempt(pending::<Result<(), Fault>>());
            (sup, handle)
        });
        let (sup, handle) = elsewhere.join().expect("it does not panic");
        let failure = handle.await.unwrap_err();
        assert!(failure.is_cancelled(), "{failure}");
        assert_eq!(failure.task().name(), "stock");
        assert_eq!(sup.live(), 0, "its task went with the runtime");
        let spawner = sup.spawner();
        let here = unowned(async move { spawner.launch(async {}).is_ok() });
        assert!(here.await.expect("it does not panic"), "the supervisor itself goes on here");
        let report = sup.join().await;
        assert_eq!((report.finished, report.cancelled), (1, 1));
    });
}

#[test]
fn a_launch_that_is_refused_in_a_task_of_no_runtime_is_not_counted() {
    let sup = Supervisor::builder("nowhere").build();
    let spawner = sup.spawner();
    let local = tokio::task::LocalSet::new();
    let mut launches = Box::pin(local.run_until(async move {
        let launch = tokio::task::spawn_local(async move {
            let launch = || drop(spawner.launch(pending::<()>()));
            catch_unwind(AssertUnwindSafe(launch)).is_err()
        });
        launch.await.expect("it is caught")
    }));
    let mut cx = Context::from_waker(Waker::noop());
    let refused = (0..5).find_map(|_| match launches.as_mut().poll(&mut cx) {
        Poll::Ready(refused) => Some(refused),
        Poll::Pending => None,
    });
    assert_eq!(refused, Some(true), "there is no runtime to launch it in");
    let mut join = Box::pin(sup.join());
    let Poll::Ready(report) = join.as_mut().poll(&mut cx) else {
        panic!("nothing is left");
    };
    assert_eq!((report.cancelled, report.finished), (0, 0), "{report}");
}
