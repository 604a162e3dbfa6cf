//! What a blocking child ends with: settled by its task or, when that is gone, by the thread.

use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use super::{Ended, Job, Stage};
use crate::failure::Origin;
use crate::owner::{Class, Key, Owner, Side};
use crate::panics::Payload;
use crate::reason::CancelReason;
use crate::settle::{self, Settle};

/// Settles a blocking child as `S` settles what its work returns.
pub(super) struct Waited<W, T, S> {
    job: Arc<Job<W, T, S>>,
    /// `None` once a thread has it.
    settle: Option<S>,
    _ended: PhantomData<fn() -> T>,
}

impl<W, T, S> Waited<W, T, S> {
    pub(super) fn new(job: Arc<Job<W, T, S>>, settle: S) -> Self {
        Self { job, settle: Some(settle), _ended: PhantomData }
    }
}

impl<W, T, S> Settle<Ended<T>> for Waited<W, T, S>
where
    W: Send + 'static,
    T: Send + 'static,
    S: Settle<T>,
{
    type Value = S::Value;

    const OWNED: bool = S::OWNED;

    fn refused(&mut self, owner: &Arc<Owner>) {
        self.settle.iter_mut().for_each(|settle| settle.refused(owner));
    }

    fn returned(&mut self, owner: &Arc<Owner>, _: Origin, ended: Ended<T>) -> Option<S::Value> {
        settle_as(self.settle.as_mut()?, owner, self.job.task(), ended)
    }

    fn panicked(&mut self, owner: &Arc<Owner>, _: Origin, payload: Payload) -> Option<S::Value> {
        self.settle.as_mut()?.panicked(owner, self.job.task(), payload)
    }

    /// The task is gone: by an abort, or with its runtime.
    fn cancelled(
        &mut self,
        owner: &Arc<Owner>,
        _: Origin,
        reason: CancelReason,
    ) -> Option<S::Value> {
        let mut settle = self.settle.take()?;
        let mut slot = self.job.slot.lock();
        match mem::replace(&mut slot.stage, Stage::Over) {
            Stage::Running => {
                slot.stage = Stage::Left(Left::new(&self.job, settle));
                None
            }
            Stage::Done(ended) => {
                drop(slot);
                settle_as(&mut settle, owner, self.job.task(), ended)
            }
            _over => {
                drop(slot);
                settle_as(&mut settle, owner, self.job.task(), Ended::Withdrawn(reason, None))
            }
        }
    }
}

fn settle_as<T, S: Settle<T>>(
    settle: &mut S,
    owner: &Arc<Owner>,
    task: Origin,
    ended: Ended<T>,
) -> Option<S::Value> {
    match ended {
        Ended::Returned(output) => settle.returned(owner, task, output),
        Ended::Panicked(payload) => settle.panicked(owner, task, payload),
        Ended::Withdrawn(reason, dropped) => {
            settle.stopped(owner, task, reason);
            match dropped {
                None => settle.cancelled(owner, task, reason),
                Some(payload) => settle.panicked(owner, task, payload),
            }
        }
    }
}

/// What the task leaves to the thread that runs the work.
pub(super) struct Left<S> {
    settle: S,
    /// Who counts it: the owner, in whose count the task still is.
    held: Option<(Arc<Owner>, Side)>,
    /// With the owner, for its reports.
    key: Option<Key>,
}

impl<S> Left<S> {
    fn new<W, T>(job: &Job<W, T, S>, settle: S) -> Self {
        let held = job.owner.enter_shield(Class::Asked.side());
        let key = job.owner.announce(Class::Asked, job.task().info());
        let key = job.owner.register(job.tag, key, None, job.place);
        Self { settle, held, key }
    }

    /// Nobody can be handed the value any more: it is dropped before the count (R1).
    pub(super) fn end<W, T>(mut self, job: &Job<W, T, S>, ended: Ended<T>)
    where
        S: Settle<T>,
    {
        let task = job.task();
        let value = settle_as(&mut self.settle, &job.owner, task, ended);
        job.with_ambient(|| settle::guarded(&job.owner, task, || drop(value)));
        if let Some(key) = self.key {
            job.owner.deregister(Class::Asked, key);
        }
        if let Some((holder, side)) = self.held {
            holder.leave(side);
        }
    }
}
