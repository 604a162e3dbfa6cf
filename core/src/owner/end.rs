//! From the last task to the end: what each change of the count brings about.

use std::sync::Arc;

use super::word::{ADOPTED, Change, PARKED, WATCHED};
use super::{CLOSED, Owner, Side};

/// Something that is left to do for some owner; kept in a list, so that ends which bring about
/// further ends need no stack.
#[derive(Debug)]
pub(super) enum Step {
    /// Uncount a task.
    Leave(Arc<Owner>, Side),
    /// End a body that will not run again.
    EndBody(Arc<Owner>),
}

impl Step {
    pub(super) fn run(mut steps: Vec<Self>) {
        while let Some(step) = steps.pop() {
            match step {
                Self::Leave(owner, side) => {
                    if let Some(change) = owner.word.leave(side) {
                        owner.react(change, &mut steps);
                    }
                }
                Self::EndBody(owner) => {
                    owner.react(owner.word.end_body(), &mut steps);
                    owner.let_leaked_go();
                }
            }
        }
    }
}

impl Owner {
    /// Uncounts a task that is gone, with all that was its own.
    #[inline]
    pub(crate) fn leave(self: &Arc<Self>, side: Side) {
        if let Some(change) = self.word.leave(side) {
            self.settle(change);
        }
    }

    /// Does all that a change brings about, here and above: mostly nothing.
    fn settle(self: &Arc<Self>, change: Change) {
        if change.concerns_others() {
            let mut steps = Vec::new();
            self.react(change, &mut steps);
            Step::run(steps);
        }
    }

    /// Ends the body.
    pub(crate) fn end_body(self: &Arc<Self>) {
        self.settle(self.word.end_body());
        self.let_leaked_go();
    }

    /// Parks the scope future until the end, `false` when that has come. Its waker is left already.
    pub(crate) fn park(&self) -> bool {
        self.word.set_unless_done(PARKED)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.word.load().is_done()
    }

    /// The scope future saw the end: takes the link to the owner above.
    pub(crate) fn ended(&self) {
        let mut steps = Vec::new();
        self.unlink(&mut steps);
        Step::run(steps);
    }

    /// Waits until no task is left.
    pub(crate) async fn emptied(&self) {
        while !self.word.load().is_empty() {
            // Made before the flag is set: it hears of the zero that the flag is seen at.
            let emptied = Arc::clone(&self.state.lock().rare().emptied).notified_owned();
            if self.word.watch() {
                emptied.await;
            }
        }
    }

    pub(super) fn react(self: &Arc<Self>, change: Change, steps: &mut Vec<Step>) {
        if let Some(side) = change.after.escaped() {
            self.settle_escaped(side, steps);
        }
        if change.set(CLOSED) && change.after.has_background() {
            self.wake_tasks(); // all that are left are helpers, and end now
        }
        if change.cleared(ADOPTED) {
            self.end_adoption(steps);
        }
        if change.after.is_empty() && change.after.has(WATCHED) {
            self.word.clear(WATCHED);
            let emptied = Arc::clone(&self.state.lock().rare().emptied);
            emptied.notify_waiters();
        }
        if change.after.is_done() && change.after.has(PARKED) {
            self.wake_waiter();
        }
    }
}
