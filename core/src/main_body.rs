//! The body of `#[foster::main]`, which a shutdown ends last.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

use crate::ambient::{self, Work};
use crate::emit::emit;
use crate::entry::Termination;
use crate::failure::{Origin, TaskInfo};
use crate::owner::{Class, Owner, Place};
use crate::panics::{self, Payload};
use crate::reason::CancelReason;
use crate::stderr;
use crate::supervised;
use crate::sync::Ordering;

/// What a ladder has for a body that it leaves alone: the right to cut it.
#[derive(Debug, Default)]
pub(crate) struct Spared {
    is_cut: AtomicBool,
}

impl Spared {
    /// Has the body be dropped at its next poll.
    pub(crate) fn cut(&self) {
        // Ordering: Relaxed: the ladder and the body run on one task.
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cut(&self) -> bool {
        // Ordering: Relaxed: as above.
        self.is_cut.load(Ordering::Relaxed)
    }
}

/// How the body ended. An error has been printed, and so has a panic.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ended {
    Well(ExitCode),
    Failed,
    Panicked,
    Cut,
}

/// Runs the body until it has ended, or is cut.
///
/// It is what keeps its supervisor open, and not one of its tasks: these are all that is left when
/// the count is zero. It runs as a shield does: a cancellation of the supervisor neither ends it nor
/// reaches into the scopes that it has open.
pub(crate) async fn run<B>(owner: &Arc<Owner>, place: Place, body: B, spared: &Spared) -> Ended
where
    B: Future<Output: Termination>,
{
    let task = Origin::named(place, "main").unstarted();
    let key = owner.announce(Class::Shield, task);
    let mut body = pin!(Some(body));
    let output = poll_fn(|cx| {
        let poll = || {
            if spared.is_cut() {
                let drop_body = || panics::catch(|| body.set(None));
                let dropped = ambient::while_ending(CancelReason::Shutdown, drop_body);
                return dropped.map(|()| Poll::Ready(None));
            }
            panics::catch(|| {
                let running = body.as_mut().as_pin_mut().expect("it is polled until it has ended");
                running.poll(cx).map(|output| {
                    body.set(None); // before its output is looked at
                    Some(output)
                })
            })
        };
        match within(owner, poll) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => {
                within(owner, || panics::silence(|| body.set(None)));
                Poll::Ready(Err(payload))
            }
        }
    })
    .await;
    let ended = match output {
        Ok(Some(output)) => conclude(owner, output),
        Ok(None) => {
            tell_cut(task);
            Ended::Cut
        }
        Err(payload) => panicked(payload),
    };
    if matches!(ended, Ended::Cut) {
        supervised::note_end(owner, supervised::Ended::Cancelled);
    }
    owner.deregister(Class::Shield, key);
    owner.end_body();
    ended
}

/// Runs code of the body.
fn within<R>(owner: &Arc<Owner>, work: impl FnOnce() -> R) -> R {
    ambient::with(Arc::clone(owner), Work::body(Class::Shield), work).1
}

/// Makes an exit code of an output; prints an error at once, as what comes now may take long.
fn conclude(owner: &Arc<Owner>, output: impl Termination) -> Ended {
    match within(owner, || panics::catch(|| output.into_code())) {
        Ok(Ok(code)) => Ended::Well(code),
        Ok(Err(error)) => {
            stderr::tell(format!("Error: {error}"));
            Ended::Failed
        }
        Err(payload) => panicked(payload),
    }
}

fn panicked(payload: Payload) -> Ended {
    panics::drop_payload(payload);
    Ended::Panicked
}

fn tell_cut(task: TaskInfo) {
    emit!(WARN, %task, "cut at the end of the shutdown");
    stderr::tell(format!(
        "{task} was cut at the end of the shutdown: all else had ended, or was out of time"
    ));
}
