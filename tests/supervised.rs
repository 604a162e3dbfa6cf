//! `#[supervised]`: the body of an async function is a scope (design 2.2).

mod arguments;
mod editions;
mod instrument;
mod lints;
mod names;
mod policy;
mod shapes;

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use foster::{Spawner, checkpoint, root, scope, shield, supervised};

use crate::support::{Probe, Probes, both, panic_of, poll_once, text_of};

#[supervised(s)]
async fn leaves_children(probes: &Probes) -> u32 {
    for _ in 0..3 {
        let probe = probes.probe();
        s.launch(async move {
            checkpoint().await;
            drop(probe);
        });
    }
    let probe = probes.probe();
    s.background(async move {
        pending::<()>().await;
        drop(probe);
    });
    let value = s.spawn(async { 7 });
    value.await
}

#[test]
fn the_function_returns_after_all_that_its_body_started() {
    both(async || {
        let probes = Probes::slow();
        assert_eq!(leaves_children(&probes).await, 7);
        probes.all_dropped(4);
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn a_childs_panic_resumes_in_the_caller_after_all_have_ended() {
    #[supervised(s)]
    async fn panics(probe: Probe) {
        s.launch(async move {
            let _probe = probe;
            pending::<()>().await;
        });
        s.launch(async { panic!("not this one") });
        pending::<()>().await;
    }
    both(async || {
        let probes = Probes::new();
        let payload = panic_of(panics(probes.probe())).await;
        assert_eq!(text_of(&*payload), "not this one");
        probes.all_dropped(1);
    });
}

#[test]
fn a_call_that_is_dropped_leaves_its_children_to_the_owner_above() {
    #[supervised(s)]
    async fn hangs(probe: Probe) {
        s.launch(async move {
            let _probe = probe;
            pending::<()>().await;
        });
        pending::<()>().await;
    }
    both(async || {
        let probes = Probes::slow();
        scope!(|_| {
            let mut call = Box::pin(hangs(probes.probe()));
            for _ in 0..3 {
                assert_eq!(poll_once(&mut call).await, Poll::Pending);
                checkpoint().await;
            }
            drop(call);
        })
        .await;
        probes.all_dropped(1);
    });
}

/// A library function that knows nothing of who calls it.
fn count_later(count: &Arc<AtomicUsize>) {
    let count = Arc::clone(count);
    let later = async move {
        checkpoint().await;
        count.fetch_add(1, Ordering::SeqCst);
    };
    Spawner::current().launch(later).expect("the caller's owner is open");
}

#[test]
fn the_body_is_the_ambient_owner() {
    #[supervised]
    async fn unnamed(count: &Arc<AtomicUsize>) {
        count_later(count);
        let shielded = Arc::clone(count);
        let mut shield = pin!(shield!({
            checkpoint().await;
            count_later(&shielded);
        }));
        assert_eq!(poll_once(&mut shield).await, Poll::Pending); // started, and let go of
        scope!(|inner| {
            inner.launch(checkpoint());
            count_later(count);
        })
        .await;
        assert!(count.load(Ordering::SeqCst) >= 1, "the inner scope waited");
    }
    both(async || {
        let count = Arc::default();
        unnamed(&count).await;
        assert_eq!(count.load(Ordering::SeqCst), 3, "the function waited");
        assert_eq!(root().live(), 0);
    });
}

#[test]
fn the_scope_bears_the_functions_name_or_the_given_one() {
    #[supervised(s)]
    async fn order() -> String {
        format!("{s:?}")
    }
    #[supervised(name = "checkout", s)]
    async fn named() -> String {
        format!("{s:?}")
    }
    #[supervised(s)]
    async fn r#type() -> String {
        format!("{s:?}")
    }
    both(async || {
        assert!(order().await.contains(r#"Some("order")"#), "{}", order().await);
        assert!(named().await.contains(r#"Some("checkout")"#), "{}", named().await);
        assert!(r#type().await.contains(r#"Some("type")"#), "{}", r#type().await);
    });
}

#[test]
fn an_interleaved_child_borrows_what_the_arguments_refer_to() {
    #[supervised(s)]
    async fn push_all(to: &mut Vec<u32>, from: &[u32]) {
        s.interleave(async move {
            for value in from {
                to.push(*value);
                checkpoint().await;
            }
        });
    }
    both(async || {
        let mut to = Vec::new();
        push_all(&mut to, &[1, 2, 3]).await;
        assert_eq!(to, [1, 2, 3]);
    });
}

#[test]
fn a_call_that_is_not_awaited_starts_nothing() {
    both(async || {
        let probes = Probes::new();
        drop(leaves_children(&probes));
        probes.all_dropped(0);
    });
}
