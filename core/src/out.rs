//! What a task outputs.

use std::mem::{ManuallyDrop, needs_drop};
use std::sync::Arc;

use crate::ambient::{self, Work};
use crate::failure::Origin;
use crate::owner::{Class, Owner, Side};
use crate::panics;
use crate::settle::{self, Settle};

/// The output of a task. A value that needs dropping stays the owner's until it is taken or
/// dropped: tokio drops an untaken output after the task's future, and R1 covers it.
#[derive(Debug)]
pub(crate) struct Out<V> {
    value: Option<V>,
    /// `Some` only with a value that needs dropping; so the type needs no drop glue for it.
    owner: ManuallyDrop<Option<Arc<Owner>>>,
    /// Whether the owner counts the value.
    is_counted: bool,
}

impl<V> Out<V> {
    #[inline]
    pub(crate) fn new<S: Settle<O, Value = V>, O>(
        owner: Arc<Owner>,
        side: Side,
        value: Option<V>,
    ) -> Self {
        if needs_drop::<V>()
            && let Some(kept) = &value
        {
            let is_counted = S::OWNED && owner.keep_value();
            if !is_counted {
                owner.leave(side);
            }
            let owner = (is_counted || S::is_failure(kept)).then_some(owner);
            return Self { value, owner: ManuallyDrop::new(owner), is_counted };
        }
        owner.leave(side);
        Self { value, owner: ManuallyDrop::new(None), is_counted: false }
    }

    pub(crate) fn take(mut self) -> Option<V> {
        self.value.take()
    }

    /// Has a failure that nobody took reported, before it leaves its owner.
    pub(crate) fn lose(mut self, report: impl FnOnce(&Arc<Owner>, V)) {
        if let (Some(owner), Some(value)) = (self.owner.as_ref(), self.value.take()) {
            let owner = Arc::clone(owner);
            discard::<V>(Arc::clone(&owner), || report(&owner, value));
        }
    }
}

impl<V> Drop for Out<V> {
    fn drop(&mut self) {
        if needs_drop::<V>()
            && let Some(owner) = self.owner.take()
        {
            let value = self.value.take();
            let owner = discard::<V>(owner, || drop(value));
            if self.is_counted {
                owner.release_value();
            }
        }
    }
}

/// Drops a value that nobody took: a panic of its destructor is the owner's.
fn discard<V>(owner: Arc<Owner>, drop_value: impl FnOnce()) -> Arc<Owner> {
    let place = owner.place;
    let drop_value = || panics::catch(drop_value);
    let (owner, dropped) = ambient::with(owner, Work::body(Class::Foreground), drop_value);
    if let Err(payload) = dropped {
        settle::panicked(&owner, Origin::of::<V>(place), payload);
    }
    owner
}
