//! Model checks of the count / close / cancel / wait protocol, on the very code that runs.
//!
//! `RUSTFLAGS="--cfg foster_loom" cargo test -p foster --release --lib models`
//!
//! A lost wake-up shows as a deadlock that loom reports; so most models assert little and still
//! fail when a waker is not woken.

mod supervisors;

use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use loom::future::block_on;
use loom::sync::Notify;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Class, Key, Owner, Side, Tag};
use crate::reason::CancelReason;

/// Checks all interleavings with at most so many preemptions; LOOM_MAX_PREEMPTIONS overrides it.
pub(crate) fn model(preemptions: usize, check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    builder.check(check);
}

/// A waker that a thread can wait for. (loom's `Notify` wakes for no reason, too.)
struct Bell {
    rung: AtomicBool,
    notify: Notify,
}

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self { rung: AtomicBool::new(false), notify: Notify::new() })
    }

    fn wait(&self) {
        while !self.rung.load(Ordering::Acquire) {
            self.notify.wait();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.notify.notify();
    }
}

fn owner() -> Arc<Owner> {
    Owner::new(Location::caller(), None)
}

/// What a scope future does once its body has ended.
fn wait_for_end(owner: &Arc<Owner>) {
    block_on(poll_fn(|cx| {
        owner.leave_waker(cx.waker());
        if owner.park() { Poll::Pending } else { Poll::Ready(()) }
    }));
    assert!(owner.is_done());
}

/// What a child does that never ends by itself: it suspends until it has to end, then leaves.
fn run_until_cancelled(owner: &Arc<Owner>, class: Class, ended: &AtomicBool) {
    run_until_ended(owner, Tag::new(class, 0), ended);
}

/// As that, for a child of any generation.
fn run_until_ended(owner: &Arc<Owner>, task: Tag, ended: &AtomicBool) {
    if !owner.ends(task) {
        let bell = Bell::new();
        let waker = Waker::from(Arc::clone(&bell));
        if let Some(key) = owner.register(task, Key::NONE, Some(&waker), Location::caller()) {
            bell.wait(); // as a task: looks again only when it was woken
            assert!(owner.ends(task), "woken before the flag that ends it was set");
            owner.deregister(task.class(), key);
        }
    }
    // Ordering: Relaxed: who reads it has seen the count without this task.
    ended.store(true, Ordering::Relaxed);
    owner.leave(task.class().side());
}

#[test]
fn last_child_wakes_the_scope_that_parks() {
    model(3, || {
        let owner = owner();
        let children: Vec<_> = (0..2)
            .map(|_| {
                assert!(owner.enter(Class::Foreground).is_some());
                let owner = Arc::clone(&owner);
                thread::spawn(move || owner.leave(Side::Foreground))
            })
            .collect();
        owner.end_body();
        wait_for_end(&owner);
        children.into_iter().for_each(|child| child.join().unwrap());
    });
}

#[test]
fn a_launch_is_refused_or_waited_for() {
    model(3, || {
        let owner = owner();
        let ran = Arc::new(AtomicBool::new(false));
        let launch = thread::spawn({
            let (owner, ran) = (Arc::clone(&owner), Arc::clone(&ran));
            move || {
                let entered = owner.enter_from_outside().is_some();
                if entered {
                    ran.store(true, Ordering::Relaxed);
                    owner.leave(Side::Foreground);
                }
                entered
            }
        });
        owner.end_body();
        wait_for_end(&owner);
        let ran = ran.load(Ordering::Relaxed);
        assert!(owner.enter_from_outside().is_none(), "an ended owner starts nothing (R12)");
        assert_eq!(launch.join().unwrap(), ran, "what was started was waited for");
    });
}

#[test]
fn a_cancellation_reaches_a_child_at_its_first_poll() {
    model(3, || {
        let owner = owner();
        let ended = Arc::new(AtomicBool::new(false));
        assert!(owner.enter(Class::Foreground).is_some());
        let child = thread::spawn({
            let (owner, ended) = (Arc::clone(&owner), Arc::clone(&ended));
            move || run_until_cancelled(&owner, Class::Foreground, &ended)
        });
        owner.cancel(CancelReason::ByHand);
        owner.end_body();
        wait_for_end(&owner);
        assert!(ended.load(Ordering::Relaxed));
        child.join().unwrap();
    });
}

#[test]
fn a_generation_is_cancelled_and_drained() {
    model(3, || {
        let owner = owner();
        let ended = Arc::new(AtomicBool::new(false));
        assert!(owner.enter(Class::Foreground).is_some());
        let child = thread::spawn({
            let (owner, ended) = (Arc::clone(&owner), Arc::clone(&ended));
            move || run_until_cancelled(&owner, Class::Foreground, &ended)
        });
        owner.cancel_generation();
        block_on(owner.emptied());
        owner.drained();
        assert!(ended.load(Ordering::Relaxed));
        assert!(owner.enter_from_outside().is_some(), "the scope goes on");
        child.join().unwrap();
    });
}

#[test]
fn a_launch_that_races_with_one_generation_is_ended_by_the_next() {
    model(3, || {
        let owner = owner();
        assert!(owner.enter(Class::Foreground).is_some());
        let ended = Arc::new(AtomicBool::new(false));
        let launcher = thread::spawn({
            let (owner, ended) = (Arc::clone(&owner), Arc::clone(&ended));
            move || {
                owner.leave(Side::Foreground);
                if let Some(entered) = owner.enter_from_outside() {
                    run_until_ended(&owner, entered.tag, &ended);
                }
            }
        });
        for _ in 0..2 {
            owner.cancel_generation();
            block_on(owner.emptied());
            owner.drained();
        }
        owner.cancel(CancelReason::ByHand); // for a launch that came after both
        launcher.join().unwrap();
    });
}

#[test]
fn a_child_that_finishes_while_it_is_cancelled_leaves_once() {
    model(3, || {
        let owner = owner();
        assert!(owner.enter(Class::Foreground).is_some());
        let child = thread::spawn({
            let owner = Arc::clone(&owner);
            move || {
                if let Some(key) = owner.register(
                    Tag::new(Class::Foreground, 0),
                    Key::NONE,
                    Some(Waker::noop()),
                    Location::caller(),
                ) {
                    owner.deregister(Class::Foreground, key);
                }
                owner.leave(Side::Foreground);
            }
        });
        owner.end_body();
        owner.cancel(CancelReason::ByHand);
        wait_for_end(&owner);
        assert_eq!(owner.live(), 0);
        child.join().unwrap();
    });
}

#[test]
fn the_close_point_ends_helpers() {
    model(2, || {
        let owner = owner();
        let ended = Arc::new(AtomicBool::new(false));
        assert!(owner.enter(Class::Foreground).is_some());
        assert!(owner.enter(Class::Background).is_some());
        let helper = thread::spawn({
            let (owner, ended) = (Arc::clone(&owner), Arc::clone(&ended));
            move || run_until_cancelled(&owner, Class::Background, &ended)
        });
        let child = thread::spawn({
            let owner = Arc::clone(&owner);
            move || owner.leave(Side::Foreground)
        });
        owner.end_body();
        wait_for_end(&owner);
        assert!(ended.load(Ordering::Relaxed));
        helper.join().unwrap();
        child.join().unwrap();
    });
}

/// A parent, and a scope that a child of it has opened, with one task.
fn family(class: Class) -> (Arc<Owner>, Arc<Owner>) {
    let (parent, scope) = (owner(), owner());
    assert!(parent.enter(class).is_some());
    scope.set_parent(Arc::clone(&parent), class);
    assert!(scope.enter(Class::Foreground).is_some());
    scope.link(Waker::noop());
    (parent, scope)
}

#[test]
fn a_dropped_scope_is_waited_for_by_its_parent() {
    model(2, || {
        let (parent, scope) = family(Class::Foreground);
        let ended = Arc::new(AtomicBool::new(false));
        let task = thread::spawn({
            let (scope, ended) = (Arc::clone(&scope), Arc::clone(&ended));
            move || {
                ended.store(true, Ordering::Relaxed);
                scope.leave(Side::Foreground);
            }
        });
        let child = thread::spawn({
            let (parent, scope) = (Arc::clone(&parent), Arc::clone(&scope));
            move || {
                scope.cancel(CancelReason::ByHand);
                scope.bequeath();
                parent.leave(Side::Foreground);
            }
        });
        parent.end_body();
        wait_for_end(&parent);
        assert!(ended.load(Ordering::Relaxed), "the parent ended before a task of it (R2)");
        task.join().unwrap();
        child.join().unwrap();
        assert!(parent.subs().is_empty());
    });
}

#[test]
fn a_dropped_supervisor_is_waited_for_by_the_owner_above() {
    model(2, || {
        let (parent, supervisor) = (owner(), owner());
        assert!(parent.enter(Class::Foreground).is_some());
        assert!(supervisor.enter(Class::Foreground).is_some());
        supervisor.set_parent(Arc::clone(&parent), Class::Foreground);
        let ended = Arc::new(AtomicBool::new(false));
        let task = thread::spawn({
            let (supervisor, ended) = (Arc::clone(&supervisor), Arc::clone(&ended));
            move || {
                ended.store(true, Ordering::Relaxed);
                supervisor.leave(Side::Foreground);
            }
        });
        let child = thread::spawn({
            let parent = Arc::clone(&parent);
            move || {
                supervisor.cancel(CancelReason::ByHand);
                supervisor.bequeath();
                parent.leave(Side::Foreground);
            }
        });
        parent.end_body();
        wait_for_end(&parent);
        assert!(ended.load(Ordering::Relaxed), "the parent ended before a task of it (R2)");
        task.join().unwrap();
        child.join().unwrap();
        assert!(parent.subs().is_empty());
    });
}

fn forgotten(class: Class) {
    model(2, move || {
        let (parent, scope) = family(class);
        let ended = Arc::new(AtomicBool::new(false));
        let task = thread::spawn({
            let (scope, ended) = (scope, Arc::clone(&ended));
            move || run_until_cancelled(&scope, Class::Foreground, &ended)
        });
        let child = thread::spawn({
            let parent = Arc::clone(&parent);
            move || parent.leave(class.side())
        });
        parent.end_body();
        wait_for_end(&parent);
        assert!(ended.load(Ordering::Relaxed), "the parent ended before a task of it (R13)");
        task.join().unwrap();
        child.join().unwrap();
        assert!(parent.subs().is_empty());
    });
}

#[test]
fn a_forgotten_scope_is_cancelled_and_waited_for() {
    forgotten(Class::Foreground);
}

#[test]
fn a_scope_that_a_helper_forgot_is_cancelled_and_waited_for() {
    forgotten(Class::Background);
}

#[test]
fn a_scope_that_ends_elsewhere_while_it_is_found_to_have_escaped_is_settled_once() {
    model(2, || {
        let (parent, scope) = family(Class::Foreground);
        // The scope future has moved to another task, which sees its end.
        let mover = thread::spawn(move || {
            scope.leave(Side::Foreground);
            scope.end_body();
            assert!(scope.is_done());
            scope.ended();
        });
        parent.leave(Side::Foreground);
        parent.end_body();
        wait_for_end(&parent);
        mover.join().unwrap();
        assert!(parent.subs().is_empty());
        assert_eq!(parent.live(), 0);
    });
}
