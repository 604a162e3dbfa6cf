//! Causes: a failure says why, down to the last source (R3).

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use foster::{BoxError, Failure, FailureKind, Supervisor, checkpoint, scope, try_scope};

use crate::support::{Fault, both, traces};

/// An error with a cause, which its own text leaves out.
#[derive(Debug)]
struct Load(io::Error);

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot load the settings")
    }
}

impl Error for Load {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

const WHOLE: &str = " failed: cannot load the settings: disk: cable: unplugged";

/// Fails with four errors, one the cause of the other.
async fn load() -> Result<(), Load> {
    checkpoint().await;
    let cable = Chained("cable", Some(Box::new(Fault("unplugged"))));
    Err(Load(io::Error::other(Chained("disk", Some(Box::new(cable))))))
}

#[derive(Debug)]
struct Chained(&'static str, Option<BoxError>);

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Chained {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|error| -> &(dyn Error + 'static) { error })
    }
}

#[test]
fn a_failure_is_printed_with_its_whole_chain_of_causes() {
    both(async || {
        let told = Arc::<Mutex<Vec<String>>>::default();
        let hears = Arc::clone(&told);
        let note = move |failure: &Failure| hears.lock().unwrap().push(failure.to_string());
        let sup = Supervisor::builder("shop").on_failure(note).build();
        sup.launch(load());
        let attempt = sup.attempt(load()).await.unwrap_err();
        let _report = sup.join().await;
        let told = told.lock().unwrap().clone();
        assert_eq!(told.len(), 1);
        for text in [&told[0], &attempt.to_string()] {
            assert!(text.ends_with(WHOLE), "{text}");
            assert!(text.starts_with("`behaviour::causes::load` started at "), "{text}");
        }
    });
}

#[test]
fn the_event_of_a_failure_has_its_whole_chain_of_causes() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        sup.launch(load());
        let _report = sup.join().await;
        let events = traces();
        let told = events.iter().filter(|event| event.text.contains(WHOLE)).count();
        assert_eq!(told, 1, "{events:?}");
    });
}

#[test]
fn the_source_of_a_failure_is_what_the_task_returned() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let failure = sup.attempt(load()).await.unwrap_err();
        let load = failure.source().expect("the task's error");
        assert!(load.is::<Load>());
        let cause = load.source().expect("the error has a cause");
        assert_eq!(
            cause.downcast_ref::<io::Error>().map(io::Error::kind),
            Some(io::ErrorKind::Other)
        );
        let panic = sup.attempt::<(), BoxError, _>(async { panic!("no error") }).await;
        assert!(panic.unwrap_err().source().is_none());
        let cancelled = sup.attempt(std::future::pending::<Result<(), Load>>());
        drop(sup);
        assert!(cancelled.await.unwrap_err().source().is_none());
    });
}

#[test]
fn the_causes_of_a_failure_that_another_task_passes_on_are_told_once() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let inner = sup.attempt(load());
        let outer = sup.attempt(async {
            inner.await.map_err(|failure| Chained("no shop", Some(failure.into())))
        });
        let text = outer.await.unwrap_err().to_string();
        assert!(text.contains(" failed: no shop: `behaviour::causes::load` started at "), "{text}");
        assert!(text.ends_with(WHOLE), "{text}");
        assert_eq!(text.matches("disk").count(), 1, "{text}");
    });
}

/// An error that is its own cause.
#[derive(Debug)]
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("endless")
    }
}

impl Error for Endless {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[test]
fn the_text_of_a_cause_that_has_no_end_has_one() {
    both(async || {
        let sup = Supervisor::builder("shop").build();
        let failure = sup.attempt(async { Err::<(), _>(Endless) }).await.unwrap_err();
        let text = failure.to_string();
        assert!(text.ends_with(": endless: endless: …"), "{text}");
    });
}

/// An error that is no `Error`, and shows its causes when it is asked to, as anyhow's and eyre's do.
#[derive(Debug)]
struct Hides;

impl fmt::Display for Hides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { "top: bottom" } else { "top" })
    }
}

#[test]
fn an_error_that_hides_its_causes_is_asked_for_them() {
    both(async || {
        let result: Result<String, Hides> = try_scope!(|s| {
            let failure = s.attempt(async { Err::<(), _>(Hides) }).await.unwrap_err();
            assert!(failure.source().is_none(), "there is none to be had");
            Ok(failure.to_string())
        })
        .await;
        let text = result.unwrap();
        assert!(text.ends_with(" failed: top: bottom"), "{text}");
    });
}

#[test]
fn an_attempt_in_a_scope_says_why_it_failed_as_well() {
    both(async || {
        let text = try_scope!(|s| -> Result<String, BoxError> {
            let extra = s.attempt(async { load().await.map_err(BoxError::from) });
            let failure = extra.await.unwrap_err();
            assert!(failure.source().is_some_and(<dyn Error>::is::<Load>));
            assert!(matches!(failure.kind(), FailureKind::Error(_)));
            Ok(failure.to_string())
        });
        let text = scope!(|s| s.spawn(text).await).await.unwrap();
        assert!(text.ends_with(WHOLE), "{text}");
    });
}
