//! The life of a lexical scope, from its first poll to its end: what does not depend on the types of
//! its body, and so is compiled once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, RawWakerVTable, Waker};

use tokio::task::coop;

use crate::ambient::{self, Work};
use crate::body::{Body, Runnable};
use crate::failure::{Interrupted, Origin};
use crate::interleave::{Interleave, Queue};
use crate::limit::Bounded;
use crate::owner::{Class, Owner, Why};
use crate::panics;
use crate::reason;
use crate::settle;
use crate::unread;

/// The parts of a scope future beside its body.
#[derive(Debug)]
pub struct Life<'env> {
    owner: Arc<Owner>,
    /// The body, as reports name it.
    body: Origin,
    /// Boxed, as most scopes have none.
    interleave: Option<Box<Interleave<'env>>>,
    stage: Stage,
    /// The waker that the owner has; set once the scope is linked to the owner above.
    waker: Option<Known>,
}

/// A waker that the owner has. What it points to is alive for as long as the owner has it: until that
/// is cancelled or ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    data: usize,
    /// Compared by what is in it, unlike [`Waker::will_wake`]: a program may have one table twice,
    /// as it has tokio's, and each poll would leave its waker anew.
    vtable: &'static RawWakerVTable,
}

impl Known {
    fn new(waker: &Waker) -> Self {
        Self { data: waker.data().addr(), vtable: waker.vtable() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fresh,
    Running,
    /// The body has ended, but not what it interleaves.
    Interleaving,
    /// The body has ended; waiting for the children.
    Draining,
    /// All have ended, and the scope has an output.
    Ended,
    /// All have ended, cancelled by the owner above: there is no output.
    Cut,
}

impl<'env> Life<'env> {
    /// The life of a scope around `body`, whose interleaved children come in by the queue.
    pub(crate) fn new(body: Origin, queue: Option<Arc<Queue<'env>>>) -> Self {
        let owner = Owner::new(body.place, None);
        let interleave = queue.map(|queue| Box::new(Interleave::new(queue)));
        Self { owner, body, interleave, stage: Stage::Fresh, waker: None }
    }

    pub(crate) fn set_name(&mut self, name: &'static str) {
        self.owner.set_name(name);
        self.body = Origin::named(self.body.place, name);
    }

    pub(crate) fn owner(&self) -> &Arc<Owner> {
        &self.owner
    }

    /// Runs the scope until it is suspended or has ended.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        run: &mut dyn Runnable,
        mut limit: Option<&mut Bounded>,
    ) -> Poll<()> {
        match self.stage {
            Stage::Fresh => {
                self.stage = Stage::Running;
                self.owner.set_ambient_parent();
                if let Some(limit) = &mut limit {
                    match panics::catch(|| limit.start()) {
                        Ok(Ok(())) => {}
                        Ok(Err(bound)) => interrupt(&self.owner, bound),
                        Err(payload) => settle::panicked(&self.owner, self.body, payload),
                    }
                }
            }
            Stage::Running | Stage::Interleaving | Stage::Draining => {}
            Stage::Cut => return Poll::Ready(()),
            Stage::Ended => panic!("`ScopeFuture` polled after completion"),
        }
        let owner = Arc::clone(&self.owner);
        let drive = || self.drive(cx, run, limit);
        let (owner, driven) = ambient::with(owner, Work::body(Class::Foreground), drive);
        if driven.is_ready() && self.waker.is_some() {
            owner.ended();
        }
        driven
    }

    fn drive(
        &mut self,
        cx: &mut Context<'_>,
        run: &mut dyn Runnable,
        mut limit: Option<&mut Bounded>,
    ) -> Poll<()> {
        loop {
            if matches!(self.stage, Stage::Running | Stage::Interleaving) {
                if !self.owner.is_cancelled()
                    && self.step(cx, run, limit.as_deref_mut()).is_pending()
                {
                    self.suspend(cx.waker(), false);
                    if !self.owner.is_cancelled() {
                        return Poll::Pending;
                    }
                }
                if self.owner.is_cancelled() {
                    end_body(&self.owner, &self.body, run.body(), &mut self.interleave);
                }
                self.owner.end_body();
                self.stage = Stage::Draining;
            }
            if self.owner.is_done() {
                self.stage = Stage::Ended;
                return Poll::Ready(());
            }
            // A bound counts only if it cancels something that the scope is waited for.
            if let Some(limit) = limit.as_deref_mut()
                && self.owner.can_cancel_foreground()
            {
                self.poll_limit(cx, limit);
            }
            self.suspend(cx.waker(), true);
            if self.owner.park() {
                return Poll::Pending;
            }
        }
    }

    /// Leaves the waker for a cancellation, or for the end: then `again`, since a cancellation has
    /// taken it.
    fn suspend(&mut self, waker: &Waker, again: bool) {
        let new = Some(Known::new(waker));
        if self.waker.is_none() {
            self.owner.link(waker);
        } else if again || self.waker != new {
            self.owner.leave_waker(waker);
        }
        self.waker = new;
    }

    /// Polls the bounds, the body and the interleaved children. `Ready` when the latter two have
    /// ended, or the scope is cancelled.
    fn step(
        &mut self,
        cx: &mut Context<'_>,
        run: &mut dyn Runnable,
        limit: Option<&mut Bounded>,
    ) -> Poll<()> {
        if let Some(limit) = limit {
            self.poll_limit(cx, limit);
            if self.owner.is_cancelled() {
                return Poll::Ready(());
            }
        }
        // The body and the interleaved children share the budget of the task (tokio's coop). When the
        // body has used it up, they go first the next time. A poll that begins without any is no turn.
        let funded = self.interleave.is_some() && coop::has_budget_remaining();
        let mut went_first = false;
        if let Some(children) = self.interleave.as_mut().filter(|it| funded && it.starved) {
            went_first = true;
            let _again = children.poll(cx, &self.owner);
            if self.owner.is_cancelled() {
                return Poll::Ready(());
            }
        }
        if self.stage == Stage::Running {
            match panics::catch(|| run.poll_body(cx)) {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(failed)) => {
                    if failed && self.owner.stop(Why::Body).is_err() {
                        let mut error = None;
                        settle::guarded(&self.owner, self.body, || error = run.take_error());
                        settle::outranked(&self.body.info(), error.as_deref());
                    }
                    self.drop_body(run);
                }
                Err(payload) => {
                    settle::panicked(&self.owner, self.body, payload);
                    self.drop_body(run);
                }
            }
        }
        let interleaved = self.interleave.as_mut().map(|children| {
            if funded {
                children.starved = !went_first && !coop::has_budget_remaining();
            }
            children.poll(cx, &self.owner)
        });
        if self.owner.is_cancelled() {
            return Poll::Ready(());
        }
        if self.stage == Stage::Running || interleaved.is_some_and(|polled| polled.is_pending()) {
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Cancels the scope if a bound is reached. tokio's timer panics when its runtime has ended.
    fn poll_limit(&self, cx: &mut Context<'_>, limit: &mut Bounded) {
        match panics::catch(|| limit.poll_reached(cx)) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(bound)) => interrupt(&self.owner, bound),
            Err(payload) => settle::panicked(&self.owner, self.body, payload),
        }
    }

    fn drop_body(&mut self, run: &mut dyn Runnable) {
        drop_body(&self.owner, &self.body, run.body());
        self.stage = Stage::Interleaving;
    }

    /// The scope has no output, since the owner above has cancelled it.
    ///
    /// Whoever ends with that owner is dropped where it polls, and this future with it. Anybody else
    /// would wait for ever, and has to be told.
    pub(crate) fn cut(&mut self) -> Poll<()> {
        self.stage = Stage::Cut;
        if ambient::is_ending() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// How a scope is named that was cut.
    pub(crate) fn body(&self) -> Origin {
        self.body
    }

    /// Passes the tasks on, when the future is dropped before its end (R2).
    ///
    /// `take_error` drops the body's output, and yields the text of the error in it.
    pub(crate) fn abandon(
        &mut self,
        body: Pin<&mut dyn Body>,
        take_error: &mut dyn FnMut() -> Option<String>,
    ) {
        if matches!(self.stage, Stage::Fresh | Stage::Ended | Stage::Cut) {
            return;
        }
        let owner = &self.owner;
        owner.cancel(reason::of_drop());
        let (task, interleave) = (&self.body, &mut self.interleave);
        ambient::with(Arc::clone(owner), Work::body(Class::Foreground), || {
            end_body(owner, task, body, interleave);
        });
        unread::report(owner, *task, take_error);
        owner.bequeath();
    }
}

/// Ends a running scope for a bound.
fn interrupt(owner: &Arc<Owner>, bound: Interrupted) {
    // A scope that ends already keeps its first reason.
    let _later = owner.stop(Why::Interrupted(bound));
}

fn drop_body(owner: &Arc<Owner>, task: &Origin, body: Pin<&mut dyn Body>) {
    settle::guarded(owner, *task, || body.clear());
}

/// Ends what runs on the own task of a cancelled scope, which will not poll it again.
fn end_body(
    owner: &Arc<Owner>,
    task: &Origin,
    body: Pin<&mut dyn Body>,
    interleave: &mut Option<Box<Interleave<'_>>>,
) {
    reason::while_owner_ends(owner, || {
        drop_body(owner, task, body);
        if let Some(children) = interleave {
            children.clear();
        }
    });
}
