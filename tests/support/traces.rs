//! The events that foster traces, test by test.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// A `tracing` event of foster's.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) level: Level,
    /// The message and the fields, as `name=value`.
    pub(crate) text: String,
}

/// Returns foster's events in this test's runtime so far, debug and trace excepted.
pub(crate) fn traces() -> Vec<Trace> {
    SINK.with_borrow(|sink| sink.traces.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// Has the subscriber panic at each event of this test's runtime from now on: nobody hears them.
pub(crate) fn subscriber_panics() {
    SINK.with_borrow(|sink| sink.panics.store(true, Ordering::Relaxed));
}

/// The events of one runtime.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sink {
    traces: Arc<Mutex<Vec<Trace>>>,
    panics: Arc<AtomicBool>,
}

thread_local! {
    static SINK: RefCell<Sink> = RefCell::default();
    /// The spans that this thread is in.
    static ENTERED: RefCell<Vec<span::Id>> = RefCell::default();
}

/// What spans are called; an `Id` is one more than the place in here.
static SPANS: Mutex<Vec<&'static Metadata<'static>>> = Mutex::new(Vec::new());

/// The name of the span that this thread is in.
pub(crate) fn span() -> Option<&'static str> {
    tracing::Span::current().metadata().map(Metadata::name)
}

/// One subscriber for the process, which tells the tests apart by their threads: scoped ones share
/// a cache of who is interested, and would lose each other's events.
static RECORDER: LazyLock<()> = LazyLock::new(|| {
    tracing::subscriber::set_global_default(Recorder).expect("no other subscriber is set");
});

impl Sink {
    pub(crate) fn install(&self) {
        LazyLock::force(&RECORDER);
        SINK.set(self.clone());
    }
}

struct Recorder;

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let fosters = metadata.target().starts_with("foster") && *metadata.level() <= Level::INFO;
        fosters || metadata.is_span()
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut spans = SPANS.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(span.metadata());
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let trace = Trace { level: *event.metadata().level(), text: text.0 };
        // A thread that ends has no sink any more, and nobody who would look at it.
        let sink = SINK.try_with(|sink| sink.borrow().clone()).unwrap_or_default();
        // Without the hook: it would print each of them.
        if sink.panics.load(Ordering::Relaxed) {
            resume_unwind(Box::new("the subscriber panics"));
        }
        sink.traces.lock().unwrap_or_else(PoisonError::into_inner).push(trace);
    }

    fn enter(&self, id: &span::Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.clone()));
    }

    fn exit(&self, id: &span::Id) {
        assert_eq!(ENTERED.with_borrow_mut(Vec::pop).as_ref(), Some(id));
    }

    fn current_span(&self) -> Current {
        let Some(id) = ENTERED.with_borrow(|entered| entered.last().cloned()) else {
            return Current::none();
        };
        let spans = SPANS.lock().unwrap_or_else(PoisonError::into_inner);
        let at = usize::try_from(id.into_u64() - 1).expect("an index");
        Current::new(id, spans[at])
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a string takes all");
    }
}
