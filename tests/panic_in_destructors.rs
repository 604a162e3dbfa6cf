//! Destructors that panic, wherever foster runs one: each is caught, counted and told (R4).

use std::fmt;
use std::future::pending;
use std::panic::panic_any;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use foster::{scope, try_scope};
use tokio::sync::Notify;

use crate::support::{Fault, Gate, OnDrop, Probes, both, panic_of, run, text_of, traces, until};

/// Panics when it is dropped.
fn bomb(text: &'static str) -> OnDrop<impl FnOnce() + Send> {
    OnDrop::new(move || panic_any(text))
}

#[test]
fn destructor_of_a_cancelled_child() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(scope!(|s| {
            let parked = Arc::new(Notify::new());
            for _ in 0..3 {
                let (child_parked, probe) = (Arc::clone(&parked), probes.probe());
                s.launch(async move {
                    let _probe = probe;
                    let _bomb = bomb("in a destructor");
                    child_parked.notify_one();
                    pending::<()>().await;
                });
                parked.notified().await;
            }
            s.cancel_children().await;
            unreachable!("the scope panics");
        }))
        .await;
        assert_eq!(text_of(&*payload), "in a destructor");
        probes.all_dropped(3);
        assert_eq!(traces().len(), 2, "the first is resumed, the others are traced");
    });
}

#[test]
fn destructor_of_a_child_that_its_handle_cancels() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(scope!(|s| {
            let (parked, probe) = (Arc::new(Notify::new()), probes.probe());
            let child_parked = Arc::clone(&parked);
            let child = s.spawn(async move {
                let _probe = probe;
                let _bomb = bomb("in a destructor");
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            child.cancel().await
        }))
        .await;
        assert_eq!(text_of(&*payload), "in a destructor");
        probes.all_dropped(1);
    });
}

/// Is ready at once, and panics when it is dropped after that.
struct ReadyBomb<T>(Option<T>);

impl<T> Unpin for ReadyBomb<T> {}

impl<T> Future for ReadyBomb<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> Drop for ReadyBomb<T> {
    fn drop(&mut self) {
        assert!(self.0.is_some(), "ready, and then dropped");
    }
}

#[test]
fn destructor_of_a_child_that_has_returned() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(scope!(|s| {
            let child = s.spawn(ReadyBomb(Some(probes.probe())));
            drop(child.await);
        }))
        .await;
        assert_eq!(text_of(&*payload), "ready, and then dropped");
        probes.all_dropped(1);
        let payload = panic_of(scope!(|s| {
            s.interleave(ReadyBomb(Some(())));
            pending::<()>().await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "ready, and then dropped");
    });
}

#[test]
fn destructor_of_a_body_that_has_returned() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let (probe, parked) = (probes.probe(), Arc::new(Notify::new()));
            let child_parked = Arc::clone(&parked);
            s.launch(async move {
                let _probe = probe;
                child_parked.notify_one();
                pending::<()>().await;
            });
            parked.notified().await;
            let _bomb = bomb("a local of the body");
            Ok(())
        }))
        .await;
        assert_eq!(text_of(&*payload), "a local of the body");
        probes.all_dropped(1);
    });
}

#[test]
fn destructor_of_a_body_that_is_cancelled() {
    both(async || {
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let _bomb = bomb("a local of the body");
            s.launch(async { Err(Fault("earlier")) });
            pending().await
        }))
        .await;
        assert_eq!(text_of(&*payload), "a local of the body");
    });
}

#[test]
fn destructor_of_a_value_that_nobody_takes() {
    both(async || {
        let payload = panic_of(scope!(|s| {
            let child = s.spawn(async { bomb("the value") });
            until(|| child.is_finished()).await;
        }))
        .await;
        assert_eq!(text_of(&*payload), "the value");
        let payload = panic_of(scope!(|s| {
            let go = Arc::new(Notify::new());
            {
                let go = Arc::clone(&go);
                let child = s.spawn(async move {
                    go.notified().await;
                    bomb("the value of a dropped handle")
                });
                assert!(!child.is_finished());
            }
            go.notify_one();
        }))
        .await;
        assert_eq!(text_of(&*payload), "the value of a dropped handle");
    });
}

#[test]
fn destructor_of_a_captured_value_of_a_child_that_never_ran() {
    both(async || {
        let (probes, bombs) = (Probes::slow(), Arc::new(AtomicUsize::new(0)));
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            for _ in 0..3 {
                let (probe, bombs) = (probes.probe(), Arc::clone(&bombs));
                let bomb = OnDrop::new(move || {
                    bombs.fetch_add(1, Ordering::SeqCst);
                    panic!("captured");
                });
                s.launch(async move {
                    let _captured = (&bomb, &probe);
                    pending::<()>().await;
                });
            }
            Err(Fault("earlier"))
        }))
        .await;
        assert_eq!((text_of(&*payload), bombs.load(Ordering::SeqCst)), ("captured", 3));
        probes.all_dropped(3);
    });
}

#[test]
fn destructor_of_blocking_work_that_never_ran() {
    let mut one_blocking_thread = tokio::runtime::Builder::new_current_thread();
    one_blocking_thread.max_blocking_threads(1);
    run("one blocking thread", one_blocking_thread, async || {
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let (gate, started) = (Gate::new(), Arc::new(Notify::new()));
            let _opened = OnDrop::new({
                let gate = gate.clone();
                move || gate.open()
            });
            let work_started = Arc::clone(&started);
            let first = s.spawn_blocking(move || -> Result<(), Fault> {
                work_started.notify_one();
                gate.pass();
                Ok(())
            });
            let bomb = bomb("captured");
            let queued = s.spawn_blocking(move || -> Result<(), Fault> {
                drop(bomb);
                Ok(())
            });
            started.notified().await;
            assert!(!first.is_finished() && !queued.is_finished());
            Err(Fault("earlier"))
        }))
        .await;
        assert_eq!(text_of(&*payload), "captured");
    });
}

/// A payload that panics when it is dropped, with the next one.
struct Chain(usize, Arc<AtomicUsize>);

impl Drop for Chain {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
        if self.0 > 0 {
            panic_any(Chain(self.0 - 1, Arc::clone(&self.1)));
        }
    }
}

#[test]
fn destructor_of_a_later_payload() {
    both(async || {
        let dropped = Arc::new(AtomicUsize::new(0));
        let payload = panic_of(scope!(|s| {
            let parked = Arc::new(Notify::new());
            for _ in 0..3 {
                let (child_parked, dropped) = (Arc::clone(&parked), Arc::clone(&dropped));
                s.launch(async move {
                    let _last = OnDrop::new(move || panic_any(Chain(2, dropped)));
                    child_parked.notify_one();
                    pending::<()>().await;
                });
                parked.notified().await;
            }
            panic!("first");
        }))
        .await;
        assert_eq!((text_of(&*payload), dropped.load(Ordering::SeqCst)), ("first", 9));
    });
}

/// An error of which nothing works.
struct Cursed;

impl fmt::Debug for Cursed {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("cannot be printed")
    }
}

impl From<Cursed> for Fault {
    fn from(_: Cursed) -> Self {
        panic!("cannot be converted")
    }
}

impl Drop for Cursed {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "cannot be dropped");
    }
}

#[test]
fn later_error_of_which_nothing_works_holds_nothing_up() {
    both(async || {
        let probes = Probes::slow();
        let payload = panic_of(try_scope!(|s| -> Result<(), Fault> {
            let (gate, started) = (Gate::new(), Arc::new(Notify::new()));
            {
                let (gate, started, probe) = (gate.clone(), Arc::clone(&started), probes.probe());
                let work = s.spawn_blocking(move || -> Result<(), Cursed> {
                    let _probe = probe;
                    started.notify_one();
                    gate.pass();
                    Err(Cursed)
                });
                assert!(!work.is_finished());
            }
            started.notified().await;
            let _opened = OnDrop::new(move || gate.open());
            Err(Fault("earlier"))
        }))
        .await;
        assert_eq!(text_of(&*payload), "cannot be printed");
        probes.all_dropped(1);
    });
}
