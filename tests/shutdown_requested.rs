//! The request of a shutdown is heard where `shutdown_requested` was called, and where it is polled.

use std::pin::Pin;
use std::time::Duration;

use foster::{Spawner, Supervisor, is_shutting_down, shutdown_requested};

use crate::support::{both, in_time, poll_once, unowned};

#[test]
fn a_request_is_heard_in_a_bare_task_that_polls_what_a_supervised_task_has_called() {
    both(async || {
        let sup = Supervisor::builder("http").grace(Duration::from_mins(10)).build();
        // As `axum::serve` does with what `with_graceful_shutdown` is given.
        sup.launch(async {
            let request = shutdown_requested();
            unowned(request).await.expect("it hears the request");
        });
        tokio::task::yield_now().await;
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.finished, report.cancelled), (1, 0), "{report}");
    });
}

#[test]
fn a_request_is_heard_by_a_task_that_is_given_what_was_called_outside() {
    both(async || {
        let sup = Supervisor::builder("worker").grace(Duration::from_mins(10)).build();
        sup.launch(shutdown_requested());
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.finished, report.cancelled), (1, 0), "{report}");
    });
}

#[test]
fn a_future_that_moves_hears_the_owner_that_it_has_moved_to() {
    both(async || {
        let (first, second) =
            (Supervisor::builder("first").build(), Supervisor::builder("second").build());
        let mut request: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(shutdown_requested());
        let request = first.attempt(async move {
            assert!(poll_once(&mut request).await.is_pending());
            Ok::<_, std::io::Error>(request)
        });
        second.launch(request.await.expect("it does not fail"));
        assert_eq!(in_time(second.shutdown()).await.finished, 1);
        assert_eq!(in_time(first.shutdown()).await.finished, 1);
    });
}

#[test]
fn the_request_of_a_spawner_is_heard_after_the_spawner_is_gone() {
    both(async || {
        let sup = Supervisor::builder("http").build();
        let request = sup.spawner().shutdown_requested();
        let heard = unowned(request);
        drop(sup.shutdown().await);
        in_time(heard).await.expect("it hears the request");
    });
}

#[test]
fn whether_a_shutdown_was_requested_can_be_asked_in_a_task() {
    both(async || {
        assert!(!is_shutting_down(), "outside of all supervisors");
        let sup = Supervisor::builder("worker").build();
        let asked = sup.attempt(async {
            let before = is_shutting_down();
            Spawner::current().shutdown();
            Ok::<_, std::io::Error>((before, is_shutting_down()))
        });
        assert_eq!(asked.await.expect("it does not fail"), (false, true));
        drop(sup.join().await);
    });
}
