//! Arguments live as long as in a plain async function and are dropped in the same order: when the
//! body ends, and not when its children have.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use foster::{checkpoint, supervised};
use tokio::sync::mpsc;

use crate::support::{OnDrop, both, poll_once};

/// What was dropped, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn on_drop(&self, name: &'static str) -> OnDrop<impl FnOnce() + Send + use<>> {
        let log = self.clone();
        OnDrop::new(move || log.lock().push(name))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.lock())
    }
}

/// A receiver that is dropped, too.
struct Receiver<T>(Log, T);

/// The same function, with one parameter of each kind, under different attributes.
macro_rules! functions {
    ($($name:ident: [$($attribute:tt)*])*) => {
        #[expect(clippy::toplevel_ref_arg, reason = "a kind of parameter like any other")]
        impl<T> Receiver<T> {$(
            $($attribute)*
            async fn $name(
                self,
                mut changed: impl IntoIterator,
                _: impl Sized,
                (left, _): (impl Sized, impl Sized),
                _unused: impl Sized,
                ref borrowed: impl Sized,
                ref mut changed_there: [impl Sized; 2],
            ) {
                let _local = self.0.on_drop("local");
                changed_there.reverse();
                checkpoint().await;
                let _also_borrowed = (borrowed, &left);
                let Self(log, _) = &self;
                let _last_local = log.on_drop("last local");
                changed = None.unwrap_or(changed);
                drop(changed);
            }
        )*}
    };
}

functions! {
    plain: []
    supervised: [#[supervised]]
    supervised_with_a_name: [#[supervised(_s)]]
}

/// Calls a function with arguments that are all dropped into `log`.
macro_rules! call {
    ($name:ident, $log:expr) => {{
        let at = |name| $log.on_drop(name);
        Receiver($log.clone(), at("self")).$name(
            Some(at("changed")),
            at("_"),
            (at("left"), at("right")),
            at("unused"),
            at("borrowed"),
            [at("second"), at("first")],
        )
    }};
}

/// Runs each function in the same way, and compares what was dropped.
macro_rules! all_drop_alike {
    (|$call:ident| $run:block) => {
        both(async || {
            let log = Log::default();
            let $call = call!(plain, log);
            $run
            let plain = log.take();
            assert_eq!(plain.len() >= 8, true, "{plain:?}");
            let $call = call!(supervised, log);
            $run
            assert_eq!(log.take(), plain);
            let $call = call!(supervised_with_a_name, log);
            $run
            assert_eq!(log.take(), plain);
        });
    };
}

#[test]
fn a_call_that_completes_drops_its_arguments_as_a_plain_one() {
    all_drop_alike!(|call| {
        call.await;
    });
}

#[test]
fn a_call_that_never_ran_drops_its_arguments_as_a_plain_one() {
    all_drop_alike!(|call| {
        drop(call);
    });
}

#[test]
fn a_call_that_is_dropped_midway_drops_its_arguments_as_a_plain_one() {
    all_drop_alike!(|call| {
        let mut call = Box::pin(call);
        assert_eq!(poll_once(&mut call).await, Poll::Pending);
        drop(call);
    });
}

/// The child ends when the argument is dropped. If the function held it until its children have
/// ended, it would wait for ever.
#[test]
fn an_argument_is_dropped_before_the_children_are_waited_for() {
    struct Sender(mpsc::Sender<u32>);

    impl Sender {
        #[supervised(s)]
        async fn unmentioned(self, mut values: mpsc::Receiver<u32>) {
            s.launch(async move { while values.recv().await.is_some() {} });
        }

        #[supervised(s)]
        async fn in_part(self, mut values: mpsc::Receiver<u32>) {
            s.launch(async move { while values.recv().await.is_some() {} });
            self.0.send(1).await.expect("the child receives");
        }
    }

    #[supervised(s)]
    async fn not_bound(_: mpsc::Sender<u32>, mut values: mpsc::Receiver<u32>) {
        s.launch(async move { while values.recv().await.is_some() {} });
    }

    #[supervised(s)]
    async fn not_all_bound((mut values, _): (mpsc::Receiver<u32>, mpsc::Sender<u32>)) {
        s.launch(async move { while values.recv().await.is_some() {} });
    }

    both(async || {
        let (send, values) = mpsc::channel(1);
        Sender(send).unmentioned(values).await;
        let (send, values) = mpsc::channel(1);
        Sender(send).in_part(values).await;
        let (send, values) = mpsc::channel(1);
        not_bound(send, values).await;
        let (send, values) = mpsc::channel(1);
        not_all_bound((values, send)).await;
    });
}
