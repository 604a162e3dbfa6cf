//! Whoever awaits what was cancelled is dropped only if that ends his own task. Anybody else is told,
//! by a panic or by `Interrupted`, and waits for nothing that can never come (R2, R5).

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use foster::{Interrupted, Spawner, Supervisor, root, scope, shield, supervised, try_scope};
use tokio::time::{sleep, timeout};

use crate::support::{
    Fault, OnDrop, both, in_time, multi, poll_once, single, text_of, traces, unowned, until,
};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A scope that goes on for ever.
fn endless() -> Boxed<()> {
    Box::pin(async {
        scope!(|s| { s.spawn(pending::<()>()).await }).await;
    })
}

/// A scope that goes on for ever, and has a bound that is far away.
fn endless_within() -> Boxed<Result<(), Interrupted>> {
    Box::pin(async {
        scope!(|s| { s.spawn(pending::<()>()).await }).within(Duration::from_hours(1)).await
    })
}

/// Polls `work` in a body, then has a shield of the same owner finish it when the body's time is over.
#[supervised]
async fn promotes<T: Send + 'static>(mut work: Boxed<T>) -> T {
    tokio::select! {
        value = &mut work => value,
        () = sleep(Duration::from_millis(5)) => shield!(work.await).await,
    }
}

#[test]
fn a_scope_that_moved_into_a_shield_of_its_owner_and_is_cancelled_panics_there() {
    single(async || {
        assert!(timeout(Duration::from_millis(20), promotes(endless())).await.is_err());
        in_time(root().drained()).await;
        let traces = traces();
        assert_eq!(traces.len(), 1, "{traces:?}");
        assert!(traces[0].text.contains("cancelled by its owner"), "{traces:?}");
    });
}

#[test]
fn a_bounded_scope_that_moved_into_a_shield_of_its_owner_says_that_it_was_interrupted() {
    single(async || {
        let ended = Arc::new(Mutex::new(None));
        let tells = Arc::clone(&ended);
        let work = Box::pin(async move {
            let output = endless_within().await;
            *tells.lock().unwrap() = Some(output);
        });
        assert!(timeout(Duration::from_millis(20), promotes::<()>(work)).await.is_err());
        in_time(root().drained()).await;
        assert_eq!(*ended.lock().unwrap(), Some(Err(Interrupted::Ended)));
    });
}

#[test]
fn a_scope_that_ended_without_output_panics_wherever_it_is_awaited_next() {
    for is_early in [true, false] {
        single(async move || {
            let other = Supervisor::builder("other").build();
            let spawner = other.spawner();
            let slot: Arc<Mutex<Option<Boxed<()>>>> = Arc::default();
            let cancels = Arc::clone(&slot);
            let mut outer: Boxed<()> = Box::pin(async move {
                scope!(|s| {
                    s.launch(async move {
                        // Without a child: it may end in its first poll.
                        let mut inner: Boxed<()> =
                            Box::pin(async { scope!(|_| { pending::<()>().await }).await });
                        if is_early {
                            drop(cancels.lock().unwrap().take());
                        }
                        assert!(poll_once(&mut inner).await.is_pending());
                        if !is_early {
                            drop(cancels.lock().unwrap().take());
                        }
                        spawner.launch(inner).expect("the other supervisor is open");
                    });
                    pending::<()>().await;
                })
                .await;
            });
            assert!(poll_once(&mut outer).await.is_pending());
            *slot.lock().unwrap() = Some(outer);
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            let report = in_time(other.join()).await;
            assert_eq!(report.panicked, 1, "{report}");
        });
    }
}

#[test]
fn an_outer_shield_is_told_that_the_inner_one_was_stopped_by_its_own_grace() {
    both(async || {
        let sup = Supervisor::builder("shields")
            .grace(Duration::ZERO)
            .cancel_within(Duration::from_secs(30))
            .build();
        sup.launch(async {
            shield!({
                let inner = shield!(pending::<()>().await).grace(Duration::from_millis(10));
                inner.named("inner").await;
            })
            .named("outer")
            .await;
        });
        until(|| sup.live() == 3).await;
        let report = in_time(sup.shutdown()).await;
        assert_eq!(report.forced.len(), 1, "the inner one alone: {report}");
        assert_eq!(report.forced[0].name(), "inner");
    });
}

#[test]
fn a_bare_task_that_awaits_a_scope_is_told_when_the_root_is_cancelled() {
    single(async || {
        // As a library's: it knows nothing of the shield that awaits it.
        let library = unowned(async {
            let mut scope = endless();
            let owner = Arc::new(Mutex::new(None::<Boxed<()>>));
            let within = Arc::clone(&owner);
            // Its scope is opened in a scope that is dropped: cancelled by the owner above.
            let mut around: Boxed<()> = Box::pin(async move {
                scope!(|_| {
                    assert!(poll_once(&mut scope).await.is_pending());
                    *within.lock().unwrap() = Some(scope);
                    pending::<()>().await;
                })
                .await;
            });
            assert!(poll_once(&mut around).await.is_pending());
            drop(around);
            let moved = owner.lock().unwrap().take().expect("it was moved out");
            moved.await;
        });
        let error = in_time(shield!(library.await)).await.expect_err("it panics");
        let payload = error.into_panic();
        assert!(text_of(&*payload).contains("cancelled by its owner"));
    });
}

/// Awaits a scope in its destructor, as a transaction that is rolled back there.
struct Transaction(std::sync::mpsc::Sender<u32>);

impl Drop for Transaction {
    fn drop(&mut self) {
        let rolled_back = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(scope!(|s| {
                s.spawn(async {
                    tokio::task::yield_now().await;
                    7
                })
                .await
            }))
        });
        self.0.send(rolled_back).expect("the test listens");
    }
}

#[test]
fn a_scope_in_the_destructor_of_a_cancelled_task_runs_to_its_end() {
    multi(async || {
        let (send, rolled_back) = std::sync::mpsc::channel();
        let task = unowned(async move {
            try_scope!(|s| -> Result<(), Fault> {
                let begun = Arc::new(tokio::sync::Notify::new());
                let begins = Arc::clone(&begun);
                s.launch(async move {
                    let _transaction = Transaction(send);
                    begins.notify_one();
                    pending::<Result<(), Fault>>().await
                });
                begun.notified().await;
                Err(Fault("no"))
            })
            .await
        });
        assert_eq!(in_time(task).await.unwrap(), Err(Fault("no")));
        assert_eq!(rolled_back.try_recv(), Ok(7));
    });
}

#[test]
fn a_scope_in_the_destructor_of_a_dropped_body_runs_to_its_end() {
    multi(async || {
        let (send, rolled_back) = std::sync::mpsc::channel();
        let task = unowned(async move {
            let mut lost = Box::pin(scope!(|_| {
                let _transaction = Transaction(send);
                pending::<()>().await;
            }));
            assert!(poll_once(&mut lost).await.is_pending());
            drop(lost);
        });
        in_time(task).await.unwrap();
        assert_eq!(rolled_back.try_recv(), Ok(7));
    });
}

#[test]
fn the_reason_of_a_cancellation_is_not_that_of_a_scope_in_the_destructor() {
    multi(async || {
        let (send, reasons) = std::sync::mpsc::channel();
        let task = unowned(async move {
            let on_drop = OnDrop::new(move || {
                send.send(foster::cancel_reason()).unwrap();
                let within = tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current()
                        .block_on(async { scope!(|_| { foster::cancel_reason() }).await })
                });
                send.send(within).unwrap();
            });
            let mut lost = Box::pin(scope!(|_| {
                let _on_drop = on_drop;
                pending::<()>().await;
            }));
            assert!(poll_once(&mut lost).await.is_pending());
            drop(lost);
        });
        in_time(task).await.unwrap();
        assert_eq!(reasons.try_recv(), Ok(Some(foster::CancelReason::Dropped)));
        assert_eq!(reasons.try_recv(), Ok(None));
    });
}

#[test]
fn a_scope_that_ends_well_panics_when_it_is_polled_again() {
    single(async || {
        let mut failed = Box::pin(try_scope!(|_| -> Result<(), Fault> { Err(Fault("once")) }));
        assert_eq!(poll_once(&mut failed).await, Poll::Ready(Err(Fault("once"))));
        let again = crate::support::panic_of(failed).await;
        assert!(text_of(&*again).contains("polled after completion"));
        Spawner::current().launch(async {}).unwrap();
    });
}
