//! The process root: the owner of last resort, one per tokio runtime; and the supervisor that answers
//! for all of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::runtime;

use crate::owner::{Owner, Place};
use crate::sync::Lock;

/// The roots of the runtimes that have one. A root lives as long as something refers to it, and has
/// no state to lose when nothing does.
static ROOTS: LazyLock<Lock<HashMap<runtime::Id, Weak<Owner>>>> = LazyLock::new(Lock::default);

/// The root of what was opened outside of runtimes.
static OUTSIDE: LazyLock<Arc<Owner>> = LazyLock::new(|| Owner::new_root(Location::caller()));

/// The supervisor of `#[foster::main]`, while it runs.
static MAIN: Mutex<Weak<Owner>> = Mutex::new(Weak::new());

thread_local! {
    /// The root that this thread used last: keeps it, and the search for it, from scope to scope.
    static LAST: RefCell<Option<(runtime::Id, Arc<Owner>)>> = const { RefCell::new(None) };
}

/// The current runtime's root; `None` outside of a runtime.
#[track_caller]
pub(crate) fn current_owner() -> Option<Arc<Owner>> {
    let id = runtime::Handle::try_current().ok()?.id();
    let place = Location::caller();
    let last = LAST.try_with(|last| match &mut *last.borrow_mut() {
        Some((known, root)) if *known == id => Arc::clone(root),
        last => {
            let root = find(id, place);
            *last = Some((id, Arc::clone(&root)));
            root
        }
    });
    // In the destructor of another thread-local there may be none to remember it in.
    Some(last.unwrap_or_else(|_| find(id, place)))
}

/// The owner of last resort for what is opened here: the current runtime's root, or outside of
/// runtimes the one that they all share.
#[track_caller]
pub(crate) fn heir() -> Arc<Owner> {
    current_owner().unwrap_or_else(|| Arc::clone(&OUTSIDE))
}

/// Makes a supervisor answer for the process, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Main(Arc<Owner>);

impl Main {
    pub(crate) fn new(supervisor: Arc<Owner>) -> Self {
        *MAIN.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&supervisor);
        Self(supervisor)
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        let mut main = MAIN.lock().unwrap_or_else(PoisonError::into_inner);
        if main.as_ptr() == Arc::as_ptr(&self.0) {
            *main = Weak::new();
        }
    }
}

/// The supervisor that answers for the process, for as long as it is one.
pub(crate) fn main() -> Option<Arc<Owner>> {
    let main = MAIN.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
    main.filter(|main| !main.is_adopted())
}

/// The roots that a supervisor answers for: none, for most.
pub(crate) fn answered_by(supervisor: &Arc<Owner>) -> Vec<Arc<Owner>> {
    let is_it = |chief: &Arc<Owner>| Arc::ptr_eq(chief, supervisor);
    if !main().as_ref().is_some_and(is_it) {
        let root = supervisor.parent_owner().filter(|above| above.is_root());
        let own = root.filter(|root| root.own_chief().as_ref().is_some_and(is_it));
        return own.into_iter().collect();
    }
    let mut roots: Vec<_> = ROOTS.lock().values().filter_map(Weak::upgrade).collect();
    roots.push(Arc::clone(&OUTSIDE));
    roots.retain(|root| root.own_chief().is_none());
    roots
}

fn find(id: runtime::Id, place: Place) -> Arc<Owner> {
    let mut roots = ROOTS.lock();
    if let Some(root) = roots.get(&id).and_then(Weak::upgrade) {
        return root;
    }
    let root = Owner::new_root(place);
    roots.retain(|_, root| root.strong_count() > 0);
    roots.insert(id, Arc::downgrade(&root));
    root
}

/// The owner of last resort in a tokio runtime: owns what no other living owner does.
#[derive(Clone, Debug)]
pub struct Root {
    owner: Arc<Owner>,
}

/// Returns the root of the current runtime.
///
/// # Panics
///
/// Panics outside of a tokio runtime.
#[track_caller]
pub fn root() -> Root {
    Root { owner: current_owner().expect("`foster::root` was called outside of a tokio runtime") }
}

impl Root {
    /// Returns how many tasks the root itself owns: shields without another owner, and what
    /// dropped scopes and supervisors passed on, one each.
    pub fn live(&self) -> usize {
        self.owner.live()
    }

    /// Waits until no task is left in this runtime that foster owns, in scopes that are open
    /// included; those of living supervisors are not waited for. What was opened outside of runtimes
    /// and dropped is waited for, too, in whatever runtime it runs. A scope that opens while it waits
    /// is seen from its first suspension on.
    ///
    /// # Cancel safety
    ///
    /// Loses nothing.
    pub async fn drained(&self) {
        drained(&self.owner).await;
    }
}

/// Waits until a root, and the scopes below it, have no tasks; nor those of no runtime.
pub(crate) async fn drained(root: &Arc<Owner>) {
    while let Some(busy) = busy(root).or_else(|| busy(&OUTSIDE)) {
        busy.emptied().await;
    }
}

/// An owner that has tasks: the root, or a scope below it. A walk in a loop.
fn busy(root: &Arc<Owner>) -> Option<Arc<Owner>> {
    let mut next = vec![Arc::clone(root)];
    while let Some(owner) = next.pop() {
        if owner.live() > 0 {
            return Some(owner);
        }
        next.extend(owner.subs());
    }
    None
}
