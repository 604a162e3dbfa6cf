//! tokio's timers panic once their runtime has ended, also below a thread that polls on.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use foster::{Spawner, cancel_reason, is_cancelled, scope};
use tokio::runtime::{Builder, Runtime};

use crate::support::on_thread;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("it can be built")
}

/// Ends a runtime while the body of a bounded scope runs in it on this thread; returns whether the
/// scope panicked.
fn scope_whose_runtime_ends() -> bool {
    let runtime = runtime();
    let handle = runtime.handle().clone();
    let job = move || {
        handle.block_on(
            scope!(|_| {
                let gone = std::sync::Mutex::new(Some(runtime));
                let ends = move || {
                    let runtime = gone.into_inner().expect("no thread panics");
                    runtime.into_iter().for_each(Runtime::shutdown_background);
                };
                on_thread(ends).join().expect("the runtime ends");
                foster::checkpoint().await;
                pending::<()>().await;
            })
            .within(Duration::from_mins(1)),
        )
    };
    catch_unwind(AssertUnwindSafe(job)).is_err()
}

#[test]
fn the_ambient_owner_of_a_thread_is_its_own_again_after_a_timer_panicked() {
    on_thread(|| {
        assert!(scope_whose_runtime_ends(), "its time limit can be kept no more");
        assert!(!is_cancelled() && cancel_reason().is_none());
        runtime().block_on(async {
            Spawner::current().launch(async {}).expect("the root accepts it");
            assert_eq!(scope!(|s| { s.spawn(async { 1 }).await }).await, 1);
            foster::root().drained().await;
        });
    })
    .join()
    .expect("the thread goes on");
}
