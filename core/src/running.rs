//! Futures that run on one task, each of them polled only when it was woken itself.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use tokio::task::coop;

use crate::panics;
use crate::sync::{AtomicBool, AtomicUsize, Lock, Ordering};

/// How many of them room is kept for: what a burst took is given back (R9).
const KEPT: usize = 16;

/// One of them.
pub(crate) type Guest<'env> = Pin<Box<dyn Future<Output = ()> + Send + 'env>>;

/// A set of them.
#[derive(Default)]
pub(crate) struct Running<'env> {
    slots: Vec<Slot<'env>>,
    next: Arc<Lock<Next>>,
}

struct Slot<'env> {
    guest: Guest<'env>,
    bell: Arc<Bell>,
}

/// Those that were woken, and have their turn next.
#[derive(Default)]
struct Next {
    bells: VecDeque<Arc<Bell>>,
    /// Of who polls the set; the first that is woken takes it.
    waker: Option<Waker>,
}

/// What wakes a guest.
struct Bell {
    /// The place of its slot, for who polls the set; `GONE` when that is empty.
    place: AtomicUsize,
    /// Its turn comes already, or will never again.
    rung: AtomicBool,
    /// Weak, as it may hold this: who rings may do so long after the end.
    next: Weak<Lock<Next>>,
}

const GONE: usize = usize::MAX;

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let Some(next) = self.next.upgrade() else {
            return;
        };
        let mut next = next.lock();
        next.bells.push_back(Arc::clone(self));
        let waker = next.waker.take();
        drop(next);
        if let Some(waker) = waker {
            panics::wake(waker);
        }
    }
}

impl<'env> Running<'env> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Lets guests in. Their first turn is the next.
    pub(crate) fn extend(&mut self, guests: Vec<Guest<'env>>) {
        let mut next = self.next.lock();
        next.bells.reserve(guests.len());
        self.slots.reserve(guests.len());
        for guest in guests {
            let (place, rung) = (AtomicUsize::new(self.slots.len()), AtomicBool::new(true));
            let bell = Arc::new(Bell { place, rung, next: Arc::downgrade(&self.next) });
            next.bells.push_back(Arc::clone(&bell));
            self.slots.push(Slot { guest, bell });
        }
    }

    /// Polls those that were woken, each once, for as long as it may `go_on`; `Ready` when there is
    /// none left.
    ///
    /// They share the budget of the task, tokio's coop: those who find none left come first the
    /// next time.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, go_on: impl Fn() -> bool) -> Poll<()> {
        // Neither cloned nor dropped under the lock: it may be the user's.
        let waker = cx.waker().clone();
        let mut next = self.next.lock();
        let turns = next.bells.len();
        let old = next.waker.replace(waker);
        drop(next);
        panics::silence(|| drop(old));
        for _ in 0..turns {
            if !go_on() {
                break;
            }
            if !coop::has_budget_remaining() {
                panics::silence(|| cx.waker().wake_by_ref());
                break;
            }
            let bell = self.next.lock().bells.pop_front();
            self.turn(bell.expect("who polls takes them, and nobody else"));
        }
        let live = self.slots.len();
        let room = 2 * live.max(KEPT);
        if live < self.slots.capacity() / 4 {
            self.slots.shrink_to(room);
        }
        let mut next = self.next.lock();
        if live < next.bells.capacity() / 4 {
            next.bells.shrink_to(room);
        }
        if live > 0 {
            return Poll::Pending;
        }
        let unused = next.waker.take();
        drop(next);
        panics::silence(|| drop(unused));
        Poll::Ready(())
    }

    /// Polls the guest of a bell, unless that was rung too late.
    fn turn(&mut self, bell: Arc<Bell>) {
        // Ordering: Relaxed: only who polls reads it or writes it, and whoever runs the future hands
        // that from thread to thread.
        let place = bell.place.load(Ordering::Relaxed);
        let Some(slot) = self.slots.get_mut(place) else {
            return;
        };
        // Before the poll: what rings it from now on has something new to tell. A swap, and no
        // store: it acquires what a ring tells that has found it rung.
        bell.rung.swap(false, Ordering::AcqRel);
        let waker = Waker::from(bell);
        if slot.guest.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            let ended = self.slots.swap_remove(place);
            ended.bell.place.store(GONE, Ordering::Relaxed);
            ended.bell.rung.store(true, Ordering::Relaxed); // wakes nobody any more
            if let Some(moved) = self.slots.get(place) {
                moved.bell.place.store(place, Ordering::Relaxed);
            }
        }
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
                    running.extend(vec![guest(&rung, &waker)]);
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

    // What is rung twice before its turn may have been told something each time.
    #[test]
    fn a_ring_that_finds_the_bell_rung_is_heard_too() {
        model(3, || {
            let mut running = Running::default();
            let (told, kept) = (Arc::new(AtomicUsize::new(0)), Arc::new(Lock::new(None)));
            let (hears, keep) = (Arc::clone(&told), Arc::clone(&kept));
            running.extend(vec![Box::pin(poll_fn(move |cx| {
                keep.lock().get_or_insert_with(|| cx.waker().clone());
                // Ordering: Relaxed: the bell has to publish it.
                if hears.load(Ordering::Relaxed) == 2 { Poll::Ready(()) } else { Poll::Pending }
            }))]);
            let first = block_on(poll_fn(|cx| Poll::Ready(running.poll(cx, || true))));
            assert!(first.is_pending());
            let waker: Waker = kept.lock().take().unwrap();
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let (waker, told) = (waker.clone(), Arc::clone(&told));
                    thread::spawn(move || {
                        told.fetch_add(1, Ordering::Relaxed);
                        waker.wake();
                    })
                })
                .collect();
            block_on(poll_fn(|cx| running.poll(cx, || true)));
            drop(running); // while they may still ring
            others.into_iter().for_each(|other| other.join().unwrap());
        });
    }
}
