//! The link of a living supervisor, while those above it end and it is dropped itself.

use std::panic::Location;
use std::sync::Arc;

use loom::thread;

use super::model;
use crate::owner::{Class, Owner, removals};
use crate::supervision::Supervision;

/// A supervisor below another owner; not linked yet.
fn supervisor(above: &Arc<Owner>) -> Arc<Owner> {
    let supervision = Box::new(Supervision::new(String::new()));
    let supervisor = Owner::new(Location::caller(), Some(supervision));
    supervisor.set_parent(Arc::clone(above), Class::Foreground);
    supervisor
}

/// Whether a list holds that supervisor, once.
fn holds(above: &Owner, supervisor: &Arc<Owner>) -> bool {
    matches!(&above.supervisors()[..], [held] if Arc::ptr_eq(held, supervisor))
}

#[test]
fn a_supervisor_is_linked_although_those_above_end() {
    model(3, || {
        let root = Owner::new_root(Location::caller());
        let upper = supervisor(&root);
        let lower = supervisor(&upper);
        let ends = [&lower, &upper].map(|ending| {
            let ending = Arc::clone(ending);
            thread::spawn(move || ending.lift_supervisors())
        });
        let new = supervisor(&lower);
        new.link_supervisor();
        ends.into_iter().for_each(|end| end.join().unwrap());
        assert!(holds(&root, &new), "it has moved up to the one that never ends");
        assert!(upper.supervisors().is_empty() && lower.supervisors().is_empty());
        new.unlink_supervisor();
        assert!(root.supervisors().is_empty());
    });
}

#[test]
fn a_supervisor_that_is_dropped_while_it_moves_up_is_in_no_list() {
    model(3, || {
        let root = Owner::new_root(Location::caller());
        let upper = supervisor(&root);
        let lower = supervisor(&upper);
        let dropped = supervisor(&lower);
        dropped.link_supervisor();
        let ends = [&lower, &upper].map(|ending| {
            let ending = Arc::clone(ending);
            thread::spawn(move || ending.lift_supervisors())
        });
        dropped.unlink_supervisor();
        ends.into_iter().for_each(|end| end.join().unwrap());
        for owner in [&root, &upper, &lower] {
            assert!(owner.supervisors().is_empty(), "nobody would take it out");
        }
    });
}

/// Who walks from above finds it where it was, or where it is, or learns that it has moved.
#[test]
fn a_supervisor_that_moves_up_is_not_overlooked() {
    model(3, || {
        let root = Owner::new_root(Location::caller());
        let upper = supervisor(&root);
        upper.link_supervisor();
        let moves = supervisor(&upper);
        moves.link_supervisor();
        let end = thread::spawn({
            let upper = Arc::clone(&upper);
            move || upper.lift_supervisors()
        });
        let before = removals();
        let mut found = root.supervisors();
        found.extend(upper.supervisors());
        let is_found = found.iter().any(|owner| Arc::ptr_eq(owner, &moves));
        // Another model may run beside this one, and count, too: that only hides a fault.
        assert!(is_found || removals() != before);
        end.join().unwrap();
        moves.unlink_supervisor();
        upper.unlink_supervisor();
    });
}
