//! Fail-fast scopes: the first error, and what becomes of the others (R3).

use std::error::Error;
use std::fmt;
use std::future::pending;
use std::num::ParseIntError;
use std::sync::Arc;
use std::time::Duration;

use foster::{scope, shield, try_scope};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::support::{
    Fault, Probes, Sequence, block_until, both, multi, poll_once, single, traces,
};

/// What a service would have: an error that others turn into.
#[derive(Debug)]
enum Trouble {
    Fault(Fault),
    Parse(ParseIntError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ParseIntError> for Trouble {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("trouble")
    }
}

impl Error for Trouble {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::Parse(error) => Some(error),
        }
    }
}

#[test]
fn values_come_out_when_nothing_fails() {
    both(async || {
        let sum = try_scope!(|s| -> Result<u32, Trouble> {
            let a = s.spawn(async { Ok::<_, Fault>(1) });
            let b = s.spawn(async { "2".parse::<u32>() });
            s.launch(async {});
            s.launch(async { Ok::<_, Fault>(()) });
            let c: u32 = "3".parse()?;
            Ok(a.await + b.await + c)
        })
        .await;
        assert_eq!(sum.unwrap(), 6);
    });
}

#[test]
fn error_of_a_child_comes_out_and_the_body_goes_no_further() {
    both(async || {
        let mut reached = 0;
        let ended: Result<u32, Fault> = try_scope!(|s| {
            reached = 1;
            let bad = s.spawn(async { Err::<u32, _>(Fault("bad")) });
            let value = bad.await;
            reached = 2;
            Ok(value)
        })
        .await;
        assert_eq!((ended, reached), (Err(Fault("bad")), 1));
    });
}

#[test]
fn error_of_a_launched_child_wakes_a_parked_body() {
    both(async || {
        let probes = Probes::slow();
        let local = probes.probe();
        let ended: Result<(), Fault> = try_scope!(|s| {
            let _local = local;
            s.launch(async {
                tokio::task::yield_now().await;
                Err(Fault("bad"))
            });
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("bad")));
        probes.all_dropped(1);
    });
}

#[test]
fn sibling_is_cancelled_before_scope_returns() {
    both(async || {
        let probes = Probes::slow();
        let ended: Result<(), Fault> = try_scope!(|s| {
            let parked = Arc::new(Notify::new());
            for _ in 0..100 {
                let (probe, parked) = (probes.probe(), Arc::clone(&parked));
                s.launch(async move {
                    let _probe = probe;
                    parked.notify_one();
                    pending::<()>().await;
                });
            }
            parked.notified().await;
            s.launch(async { Err(Fault("bad")) });
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("bad")));
        probes.all_dropped(100);
    });
}

#[test]
fn error_comes_out_only_after_a_sibling_has_finished_its_shield() {
    single(async || {
        let start = Instant::now();
        let ended: Result<(), Fault> = try_scope!(|s| {
            s.launch(async { shield!(sleep(Duration::from_secs(5)).await).await });
            sleep(Duration::from_secs(1)).await;
            Err(Fault("body"))
        })
        .await;
        assert_eq!((ended, start.elapsed().as_secs()), (Err(Fault("body")), 5));
    });
}

#[test]
fn handle_of_a_failed_child_never_resolves() {
    multi(async || {
        let mut resolved = None;
        let ended: Result<(), Fault> = try_scope!(|s| {
            let mut bad = s.spawn(async { Err::<(), _>(Fault("bad")) });
            // In one poll: a body that is suspended here would not be polled again.
            block_until(|| bad.is_finished());
            resolved = Some(poll_once(&mut bad).await.is_ready());
            resolved = Some(poll_once(&mut bad).await.is_ready());
            Ok(())
        })
        .await;
        assert_eq!((ended, resolved), (Err(Fault("bad")), Some(false)));
    });
}

#[test]
fn error_of_the_body_cancels_the_children() {
    both(async || {
        let probes = Probes::slow();
        let ended: Result<(), Fault> = try_scope!(|s| {
            let (polled, probe) = (Arc::new(Notify::new()), probes.probe());
            let child_polled = Arc::clone(&polled);
            s.launch(async move {
                let _probe = probe;
                child_polled.notify_one();
                pending::<()>().await;
            });
            polled.notified().await;
            Err(Fault("body"))?;
            Ok(())
        })
        .await;
        assert_eq!(ended, Err(Fault("body")));
        probes.all_dropped(1);
    });
}

#[test]
fn errors_become_the_scopes_by_from() {
    both(async || {
        let of_child = try_scope!(|s| -> Result<u32, Trouble> {
            Ok(s.spawn(async { "x".parse::<u32>() }).await)
        })
        .await;
        assert!(matches!(of_child, Err(Trouble::Parse(_))), "{of_child:?}");
        let of_body = try_scope!(|_s| -> Result<u32, Trouble> { Ok("x".parse::<u32>()?) }).await;
        let error = of_body.unwrap_err();
        assert!(error.source().is_some_and(<dyn Error>::is::<ParseIntError>));
    });
}

#[test]
fn error_of_the_scope_need_not_be_send() {
    both(async || {
        let ended = try_scope!(|s| -> Result<u32, Box<dyn Error>> {
            let n = s.spawn(async { "x".parse::<u32>() });
            s.launch(async { Ok::<_, Fault>(()) });
            Ok(n.await)
        })
        .await;
        assert!(ended.unwrap_err().is::<ParseIntError>());
    });
}

/// Notes when it becomes the error of the scope.
#[derive(Debug)]
struct Noted(Sequence);

impl From<Noted> for Fault {
    fn from(Noted(steps): Noted) -> Self {
        steps.expect(2);
        Self("noted")
    }
}

#[test]
fn error_is_converted_once_and_after_all_have_ended() {
    both(async || {
        let steps = Sequence::new();
        let ended: Result<(), Fault> = try_scope!(|s| {
            let (started, ended, noted) =
                (Arc::new(Notify::new()), steps.on_drop(1), steps.clone());
            let child_started = Arc::clone(&started);
            s.launch(async move {
                let _ended = ended;
                child_started.notify_one();
                pending::<()>().await;
            });
            started.notified().await;
            s.launch(async move { Err(Noted(noted)) });
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("noted")));
        steps.finish(3);
    });
}

#[test]
fn failing_helper_fails_the_scope() {
    both(async || {
        let probes = Probes::slow();
        let ended: Result<(), Fault> = try_scope!(|s| {
            let probe = probes.probe();
            s.launch(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            s.background(async { Err(Fault("helper")) });
            pending().await
        })
        .await;
        assert_eq!(ended, Err(Fault("helper")));
        probes.all_dropped(1);
    });
}

#[test]
fn inner_error_passes_through_each_scope_once() {
    #[derive(Debug, PartialEq)]
    struct Outer(Fault);
    impl From<Fault> for Outer {
        fn from(fault: Fault) -> Self {
            Self(fault)
        }
    }
    both(async || {
        let mut between = false;
        let ended = try_scope!(|s| -> Result<(), Outer> {
            let inner = s.spawn(async {
                try_scope!(|s| -> Result<u32, Fault> {
                    Ok(s.spawn(async { Err::<u32, _>(Fault("inner")) }).await)
                })
                .await
            });
            between = inner.await > 0;
            Ok(())
        })
        .await;
        assert_eq!((ended, between), (Err(Outer(Fault("inner"))), false));
        assert!(traces().is_empty());
    });
}

#[test]
fn code_after_a_handled_failure_runs_on() {
    both(async || {
        let total = scope!(|s| {
            let failed: Result<(), Fault> = try_scope!(|s| {
                s.launch(async { Err(Fault("handled")) });
                pending().await
            })
            .await;
            assert_eq!(failed, Err(Fault("handled")));
            tokio::task::yield_now().await;
            s.spawn(async { 1 }).await + s.spawn(async { 2 }).await
        })
        .await;
        assert_eq!(total, 3);
    });
}
