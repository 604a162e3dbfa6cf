//! What a shield ends with: a value, a panic, an error, a bound; each is taken or reported, once.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foster::{Supervisor, checkpoint, scope, shield};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::supervisor::Failures;
use crate::support::{Fault, Probes, both, multi, panic_of, poll_once, text_of, traces, until};

/// An error that is none, but prints.
#[derive(Debug)]
struct Declined {
    #[expect(dead_code, reason = "printed only")]
    by: &'static str,
}

/// Panics. (A block that can only panic has no type of which a shield could see what it is.)
pub(super) fn give_up(payload: impl std::any::Any + Send) {
    std::panic::panic_any(payload)
}

#[test]
fn a_panic_resumes_in_who_awaits_and_is_not_reported() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let awaiter = sup.attempt(async {
            let payload = panic_of(shield!({
                checkpoint().await;
                give_up(17_u8);
            }));
            Ok::<_, Fault>(*payload.await.downcast::<u8>().expect("the very payload"))
        });
        assert_eq!(awaiter.await.expect("the awaiter goes on"), 17);
        let report = sup.join().await;
        assert_eq!((report.finished, report.panicked), (1, 1));
        assert!(failures.what().is_empty(), "{:?}", failures.what());
    });
}

#[test]
fn an_err_that_is_taken_is_not_reported() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let awaiter = sup.attempt(async {
            let charged = shield!(Err::<(), _>(Fault("declined"))).named("charge").await;
            Ok::<_, Fault>(charged)
        });
        assert_eq!(awaiter.await.expect("no failure"), Err(Fault("declined")));
        let _report = sup.join().await;
        assert!(failures.what().is_empty(), "{:?}", failures.what());
    });
}

/// Says that a block runs, and waits until it may go on.
async fn waits(started: UnboundedSender<()>, go: CancellationToken) {
    started.send(()).expect("the test waits");
    go.cancelled().await;
}

/// The lost payment: it must not be silent, nor be told twice.
#[test]
fn an_untaken_err_or_panic_is_reported_once_by_name_and_cancels_nobody() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let (started, mut starts) = unbounded_channel();
        let go = CancellationToken::new();
        let gone_on = go.clone();
        let sibling = sup.attempt(async move {
            gone_on.cancelled().await;
            checkpoint().await;
            Ok::<_, Fault>("unharmed")
        });
        let mut lines = Vec::new();
        let (waiting, line) = (waits(started.clone(), go.clone()), line!() + 2);
        let charge = async {
            let charge = shield!({
                waiting.await;
                Err::<(), _>(Fault("declined"))
            });
            charge.named("charge").await
        };
        lines.push(line);
        let (waiting, line) = (waits(started.clone(), go.clone()), line!() + 2);
        let refund = async {
            let refund = shield!({
                waiting.await;
                Err::<(), _>(Declined { by: "the bank" })
            });
            refund.named("refund").await.map_err(|_declined| Fault("taken"))
        };
        lines.push(line);
        let (waiting, line) = (waits(started, go.clone()), line!() + 2);
        let ledger = async {
            let ledger = shield!({
                waiting.await;
                give_up("no connection");
            });
            ledger.named("ledger").await;
            Ok::<_, Fault>(())
        };
        lines.push(line);
        let awaiters = [sup.attempt(charge), sup.attempt(refund), sup.attempt(ledger)];
        for _ in 0..3 {
            starts.recv().await.expect("three shields say that they run");
        }
        for awaiter in awaiters {
            awaiter.cancel().await;
        }
        assert!(failures.what().is_empty(), "so far nothing was lost");
        go.cancel();
        assert_eq!(sibling.await.expect("nobody is cancelled"), "unharmed");
        let report = sup.join().await;
        let lost = failures.all().into_iter().map(|lost| (lost.line, lost.name, lost.what));
        let mut lost: Vec<_> = lost.collect();
        lost.sort();
        let what = ["declined", "Declined { by: \"the bank\" }"].map(|err| format!("error: {err}"));
        let [declined, refused] = what;
        assert_eq!(
            lost,
            [
                (lines[0], "charge", declined),
                (lines[1], "refund", refused),
                (lines[2], "ledger", "panic: no connection".to_owned()),
            ]
        );
        assert_eq!(report.cancelled, 3, "those who awaited");
    });
}

#[test]
fn an_err_that_waits_in_a_shield_that_is_dropped_is_reported_once() {
    both(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let spawner = sup.spawner();
        let reported = failures.clone();
        sup.launch(async move {
            let (go, goes) = oneshot::channel::<()>();
            let mut charge = shield!({
                goes.await.expect("its awaiter lets it go on");
                Err::<(), _>(Fault("declined"))
            });
            assert!(poll_once(&mut charge).await.is_pending());
            go.send(()).expect("the shield is alive");
            until(|| spawner.live() == 1).await;
            assert!(reported.what().is_empty(), "it is not lost yet");
            drop(charge);
            assert_eq!(reported.what(), ["error: declined"]);
        });
        assert_eq!(sup.join().await.panicked, 0);
        assert_eq!(failures.what(), ["error: declined"]);
    });
}

/// Whoever is last, the task or who drops its awaiter: one of the two reports.
#[test]
fn an_untaken_err_is_reported_once_also_when_the_drop_races_with_the_end() {
    multi(async || {
        let failures = Failures::new();
        let sup = failures.of("shop").build();
        let taken = Arc::new(AtomicUsize::new(0));
        for n in 0..500 {
            let taken = Arc::clone(&taken);
            sup.launch(async move {
                let mut charge = shield!({
                    (0..n % 7).for_each(|_| std::hint::spin_loop());
                    Err::<(), _>(Fault("declined"))
                });
                if poll_once(&mut charge).await.is_ready() {
                    taken.fetch_add(1, Ordering::SeqCst);
                }
                (0..n % 11).for_each(|_| std::hint::spin_loop());
            });
        }
        let _report = sup.join().await;
        let lost = 500 - taken.load(Ordering::SeqCst);
        assert_eq!(failures.what(), vec!["error: declined"; lost]);
    });
}

#[test]
fn an_untaken_value_is_dropped_before_the_owner_ends() {
    both(async || {
        let probes = Probes::slow();
        let probe = probes.probe();
        let (go, goes) = oneshot::channel::<()>();
        scope!(|_s| {
            let mut charge = shield!({
                goes.await.expect("the body lets it go on");
                Ok::<_, Fault>(probe)
            });
            assert!(poll_once(&mut charge).await.is_pending());
            drop(charge);
            go.send(()).expect("the shield is alive");
        })
        .await;
        probes.all_dropped(1);
    });
}

#[test]
fn an_untaken_panic_in_a_scope_cancels_nobody_there() {
    both(async || {
        let n = scope!(|s| {
            let (go, goes) = oneshot::channel::<()>();
            let mut lost = shield!({
                goes.await.expect("the body lets it go on");
                give_up("nobody hears");
            });
            assert!(poll_once(&mut lost).await.is_pending());
            drop(lost);
            go.send(()).expect("the shield is alive");
            until(|| s.live() == 0).await;
            s.spawn(async { 5 }).await
        });
        assert_eq!(n.await, 5);
        let of = |text| traces().iter().filter(|event| event.text.contains(text)).count();
        assert_eq!(of("nobody hears"), 1, "without a supervisor it is an event: {:?}", traces());
    });
}

#[test]
fn a_forced_shield_panics_in_an_awaiter_that_goes_on_and_names_itself() {
    both(async || {
        let sup = Supervisor::builder("shop").grace(Duration::ZERO).cancel_within(Duration::ZERO);
        let sup = sup.build();
        let (started, starts) = oneshot::channel();
        let charge = async move {
            started.send(()).expect("the test waits");
            pending::<()>().await;
        };
        let mut charge = sup.shield(charge).named("charge");
        assert!(poll_once(&mut charge).await.is_pending());
        starts.await.expect("it says that it runs");
        assert_eq!(sup.shutdown().await.forced.len() + foster::root().live(), 1);
        let payload = panic_of(charge).await;
        assert!(text_of(&*payload).contains("`charge`"), "{}", text_of(&*payload));
    });
}
