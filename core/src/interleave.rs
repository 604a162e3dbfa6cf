//! Interleaved children: they run on the scope's own task, so they may borrow.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::ambient::{self, Work};
use crate::failure::Origin;
use crate::owner::{Class, Owner, Place, Tag};
use crate::panics;
use crate::policy::Effect;
use crate::reason::CancelReason;
use crate::running::{self, Running};
use crate::settle::{self, Launched, Settle as _};
use crate::sync::Lock;

/// What the body hands to the scope future around it: the two share nothing else, since the scope
/// itself lives in the body.
pub(crate) struct Queue<'env>(Lock<State<'env>>);

struct State<'env> {
    new: Vec<running::Guest<'env>>,
    /// How many run already.
    running: usize,
    /// `cancel_children` waits until those that run are dropped.
    clear: Option<Waker>,
}

impl<'env> Queue<'env> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Lock::new(State { new: Vec::new(), running: 0, clear: None })))
    }

    pub(crate) fn push<F, P>(&self, owner: Arc<Owner>, place: Place, future: F)
    where
        F: Future<Output: Effect<P>> + Send + 'env,
        P: 'static,
    {
        let policy = PhantomData::<fn() -> P>;
        let guest = Box::pin(Guest { owner, place, future: Some(future), policy });
        self.0.lock().new.push(guest);
    }

    /// Drops those that have not run, and has the scope future drop the others; `true` when that is
    /// done. What is pushed after this call lives.
    pub(crate) fn clear(&self, waker: &Waker) -> bool {
        let waker = waker.clone(); // not under the lock: it may be the user's
        let mut state = self.0.lock();
        let new = mem::take(&mut state.new);
        let clear = (state.running > 0).then_some(waker);
        let (done, old) = (clear.is_none(), mem::replace(&mut state.clear, clear));
        drop(state);
        ambient::while_ending(CancelReason::ByHand, || drop(new));
        panics::silence(|| drop(old));
        done
    }
}

impl fmt::Debug for Queue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        let live = state.new.len() + state.running;
        f.debug_struct("Queue").field("live", &live).finish_non_exhaustive()
    }
}

/// The scope future's side: the interleaved children that run.
#[derive(Debug)]
pub(crate) struct Interleave<'env> {
    queue: Arc<Queue<'env>>,
    /// Never locked: it makes a scope's future `Sync`, which its children need not be.
    running: Mutex<Running<'env>>,
    /// The body used up the task's budget: they go first the next time.
    pub(crate) starved: bool,
}

impl<'env> Interleave<'env> {
    pub(crate) fn new(queue: Arc<Queue<'env>>) -> Self {
        Self { queue, running: Mutex::default(), starved: false }
    }

    /// Polls those that were woken, until one of them cancels their owner; `Ready` when there are
    /// none left.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, owner: &Arc<Owner>) -> Poll<()> {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.queue.0.lock();
        let (new, clear) = (mem::take(&mut state.new), state.clear.take());
        drop(state);
        if let Some(waiting) = clear {
            let old = mem::take(running);
            ambient::while_ending(CancelReason::ByHand, || drop(old));
            panics::wake(waiting);
        }
        running.extend(new);
        let work = Work::task(Tag::new(Class::Foreground, owner.generation()));
        let poll = || running.poll(cx, || !owner.is_cancelled());
        let (_, polled) = ambient::with(Arc::clone(owner), work, poll);
        self.queue.0.lock().running = running.len();
        polled
    }

    /// Drops all of them, also those that have not run.
    pub(crate) fn clear(&mut self) {
        self.running = Mutex::default();
        let mut state = self.queue.0.lock();
        state.running = 0;
        let (new, waiting) = (mem::take(&mut state.new), state.clear.take());
        drop(state);
        drop(new);
        panics::silence(|| drop(waiting));
    }
}

pin_project! {
    /// An interleaved child. Neither its poll nor its drop panics: the owner hears of it.
    struct Guest<F, P> {
        owner: Arc<Owner>,
        place: Place,
        #[pin]
        future: Option<F>,
        policy: PhantomData<fn() -> P>,
    }

    impl<F, P> PinnedDrop for Guest<F, P> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let task = Origin::of::<F>(this.place);
            settle::guarded(this.owner, task, || this.future.set(None));
        }
    }
}

impl<F: Future<Output: Effect<P>>, P: 'static> Future for Guest<F, P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        let polled = panics::catch(|| future.poll(cx));
        let task = Origin::of::<F>(this.place);
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => {
                Launched(PhantomData::<fn() -> P>).returned(this.owner, task, output);
            }
            Err(payload) => settle::panicked(this.owner, task, payload),
        }
        settle::guarded(this.owner, task, || this.future.set(None));
        Poll::Ready(())
    }
}
