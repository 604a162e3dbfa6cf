//! Code that is not foster's own may panic or block, wherever it is called: subscribers, wakers,
//! timers, destructors. Neither the count nor the ambient owner is the worse for it.

mod calls;
mod subscriber;
mod timers;
mod wakers;

use std::future::pending;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foster::{Supervisor, checkpoint, scope};

use crate::support::{both, in_time, panic_of, text_of};

/// Panics with another of its kind when it is dropped, so many times.
struct Evil(usize);

impl Drop for Evil {
    fn drop(&mut self) {
        if let Some(left) = self.0.checked_sub(1) {
            panic_any(Self(left));
        }
    }
}

#[test]
fn a_payload_whose_destructor_always_panics_holds_no_supervisor_up() {
    both(async || {
        let failures = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&failures);
        let count = move |_: &foster::Failure| {
            counted.fetch_add(1, Ordering::SeqCst);
        };
        let sup = Supervisor::builder("evil").on_failure(count).build();
        sup.launch(async { panic_any(Evil(usize::MAX)) });
        let report = in_time(sup.join()).await;
        assert_eq!(report.panicked, 1);
        assert_eq!(failures.load(Ordering::SeqCst), 1, "and it is reported once");
    });
}

#[test]
fn later_payloads_whose_destructors_always_panic_hold_no_scope_up() {
    both(async || {
        let payload = in_time(panic_of(scope!(|s| {
            for _ in 0..2 {
                s.launch(async {
                    let _evil = Evil(usize::MAX);
                    pending::<()>().await;
                });
            }
            checkpoint().await;
            checkpoint().await;
            panic!("the body");
        })))
        .await;
        assert_eq!(text_of(&*payload), "the body");
    });
}
