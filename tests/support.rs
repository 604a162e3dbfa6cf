//! What the behaviour tests share: runtimes, waiting and panics; in the files below it drop probes,
//! sequences, gates and recorded events.

mod probes;
mod traces;

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::runtime;

pub(crate) use probes::{Gate, OnDrop, Polls, Probe, Probes, Sequence};
pub(crate) use traces::{Sink, Trace, span, subscriber_panics, traces};

/// When a test counts as hung. It only bounds the wait for a failure: no test gets faster or slower
/// by it.
const HUNG: Duration = Duration::from_mins(1);

/// When a condition that somebody else brings about counts as never reached.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

/// Runs a test in a runtime of one thread, with the clock paused, and in one of two workers.
#[track_caller]
pub(crate) fn both(test: impl AsyncFnOnce() + Copy + Send + 'static) {
    single(test);
    multi(test);
}

/// Runs a test in a runtime of one thread, where time is paused: it passes when all are idle.
#[track_caller]
pub(crate) fn single(test: impl AsyncFnOnce() + Send + 'static) {
    let mut builder = runtime::Builder::new_current_thread();
    builder.start_paused(true);
    run("current_thread", builder, test);
}

/// Runs a test beside a runtime of two workers, so that it and its children run in parallel.
#[track_caller]
pub(crate) fn multi(test: impl AsyncFnOnce() + Send + 'static) {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.worker_threads(2);
    run("multi_thread", builder, test);
}

/// Runs a test in a runtime that is built here. After it no task may be left that foster owns.
#[track_caller]
pub(crate) fn run(
    flavor: &str,
    mut builder: runtime::Builder,
    test: impl AsyncFnOnce() + Send + 'static,
) {
    let (send, ended) = mpsc::channel();
    let name = thread::current().name().unwrap_or("test").to_owned();
    // A thread of its own, which can be given up: what hangs is a failure and not a silence.
    let work = move || {
        let sink = Sink::default();
        let of_runtime = sink.clone();
        builder.enable_all().on_thread_start(move || of_runtime.install());
        sink.install();
        let runtime = builder.build().expect("a runtime can be built");
        let ended = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                test().await;
                foster::root().drained().await;
                assert_eq!(foster::root().live(), 0, "the root is left with tasks");
            });
            drop(runtime);
        }));
        // Nobody listens any more to a test that was given up.
        send.send(ended).unwrap_or_default();
    };
    thread::Builder::new().name(name).spawn(work).expect("a thread can be started");
    match ended.recv_timeout(HUNG) {
        Ok(Ok(())) => {}
        Ok(Err(payload)) => {
            eprintln!("in the {flavor} runtime");
            resume_unwind(payload)
        }
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hung in the {flavor} runtime"),
        Err(mpsc::RecvTimeoutError::Disconnected) => unreachable!("a test sends how it ended"),
    }
}

/// Waits until `reached`, which somebody else brings about.
#[track_caller]
pub(crate) fn until(reached: impl Fn() -> bool) -> impl Future<Output = ()> {
    let (place, start) = (Location::caller(), Instant::now());
    async move {
        while !reached() {
            assert!(start.elapsed() < NEVER, "what is awaited at {place} never came");
            tokio::task::yield_now().await;
        }
    }
}

/// Awaits what cannot take long, in a runtime whose time is real.
#[track_caller]
pub(crate) fn in_time<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = Location::caller();
    async move {
        let timed = tokio::time::timeout(NEVER, future).await;
        timed.unwrap_or_else(|_| panic!("what is awaited at {place} never came"))
    }
}

/// As [`until`], for a thread that blocks meanwhile.
#[track_caller]
pub(crate) fn block_until(reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < NEVER, "what is awaited never came");
        thread::yield_now();
    }
}

/// Polls a future once.
pub(crate) async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Starts a tokio task that foster knows nothing of.
pub(crate) fn unowned<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(future)
}

/// Starts a thread that foster knows nothing of.
pub(crate) fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::spawn(work)
}

/// Forgets a value, as a careless user may.
#[expect(clippy::mem_forget, reason = "the tests show that it is safe")]
pub(crate) fn forget<T>(value: T) {
    mem::forget(value);
}

/// Returns what a future panics with.
pub(crate) async fn panic_of<T>(future: impl Future<Output = T>) -> Box<dyn Any + Send> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(_) => panic!("a panic was expected"),
        Err(payload) => payload,
    }
}

/// Returns the text that a panic was thrown with.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

/// The error of most tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) &'static str);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Fault {}
