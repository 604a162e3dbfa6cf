//! Futures that run on one task, each of them polled only when it was woken itself.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::{fmt, mem};

use crate::sync::{AtomicBool, Lock, Ordering};

/// How many keys a turn keeps room for: what a burst took is given back (R9).
const KEPT: usize = 32;

/// One of them.
pub(crate) type Guest<'env> = Pin<Box<dyn Future<Output = ()> + Send + 'env>>;

/// A set of them.
#[derive(Default)]
pub(crate) struct Running<'env> {
    /// By the order in which they came. No key comes twice: a late waker wakes nobody else.
    slots: BTreeMap<u64, Slot<'env>>,
    came: u64,
    /// Whose turn it is, while they are polled.
    turn: Vec<u64>,
    next: Arc<Lock<Next>>,
}

struct Slot<'env> {
    guest: Guest<'env>,
    bell: Arc<Bell>,
    /// Rings the bell.
    waker: Waker,
}

/// What is woken for the next turn.
#[derive(Default)]
struct Next {
    keys: Vec<u64>,
    /// Of who polls the set; the first that is woken takes it.
    waker: Option<Waker>,
}

struct Bell {
    key: u64,
    /// Its turn comes already.
    rung: AtomicBool,
    next: Arc<Lock<Next>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut next = self.next.lock();
        next.keys.push(self.key);
        let waker = next.waker.take();
        drop(next);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<'env> Running<'env> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Lets a guest in. Its first turn is the next.
    pub(crate) fn push(&mut self, guest: Guest<'env>) {
        let (key, next) = (self.came, Arc::clone(&self.next));
        self.came += 1;
        self.next.lock().keys.push(key);
        let bell = Arc::new(Bell { key, rung: AtomicBool::new(true), next });
        let waker = Waker::from(Arc::clone(&bell));
        self.slots.insert(key, Slot { guest, bell, waker });
    }

    /// Polls those that were woken, each once, for as long as it may `go_on`; `Ready` when there is
    /// none left.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, go_on: impl Fn() -> bool) -> Poll<()> {
        let Self { slots, turn, next, .. } = self;
        let mut next = next.lock();
        mem::swap(turn, &mut next.keys);
        let old = next.waker.replace(cx.waker().clone());
        drop(next);
        drop(old); // not under the lock: it may be the user's
        for key in turn.drain(..).take_while(|_| go_on()) {
            let Some(Slot { guest, bell, waker }) = slots.get_mut(&key) else {
                continue;
            };
            // Before the poll: what wakes it from now on has something new to tell it.
            bell.rung.swap(false, Ordering::AcqRel);
            if guest.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
                slots.remove(&key);
            }
        }
        turn.shrink_to(KEPT);
        if slots.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for Running<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(all(test, foster_loom))]
mod models {
    use std::future::poll_fn;

    use loom::future::block_on;
    use loom::thread;

    use super::*;
    use crate::owner::models::model;

    /// Ready once `rung` is, and wakes nobody: it has left its waker.
    fn guest(rung: &Arc<AtomicBool>, waker: &Arc<Lock<Option<Waker>>>) -> Guest<'static> {
        let (rung, waker) = (Arc::clone(rung), Arc::clone(waker));
        Box::pin(poll_fn(move |cx| {
            *waker.lock() = Some(cx.waker().clone());
            if rung.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        }))
    }

    // A lost one shows as a deadlock.
    #[test]
    fn no_wake_up_of_a_guest_is_lost() {
        model(3, || {
            let mut running = Running::default();
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let rung = Arc::new(AtomicBool::new(false));
                    let waker = Arc::new(Lock::default());
                    running.push(guest(&rung, &waker));
                    thread::spawn(move || {
                        rung.store(true, Ordering::Release);
                        if let Some(waker) = waker.lock().take() {
                            waker.wake();
                        }
                    })
                })
                .collect();
            block_on(poll_fn(|cx| running.poll(cx, || true)));
            others.into_iter().for_each(|other| other.join().unwrap());
        });
    }
}
