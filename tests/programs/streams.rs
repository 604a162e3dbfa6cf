//! A subscriber that fails, or does not come back.

use std::future::pending;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use foster::shield;
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

use crate::{block_for_ever, launch};

pub(crate) fn run(way: &str) -> Option<ExitCode> {
    Some(match way {
        "has-a-subscriber-that-panics" => {
            install(|| panic!("nobody reads what is logged"));
            logs()
        }
        "is-stuck-with-a-subscriber-that-blocks" => {
            install(|| {
                if IS_STUCK.load(Ordering::Acquire) {
                    block_for_ever();
                }
            });
            is_stuck()
        }
        _ => return None,
    })
}

static IS_STUCK: AtomicBool = AtomicBool::new(false);

/// A subscriber that does one thing for each event.
struct Does(fn());

fn install(event: fn()) {
    tracing::subscriber::set_global_default(Does(event)).expect("it is the first");
}

impl Subscriber for Does {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        (self.0)();
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A task has its grace, and a shield its end.
#[foster::main(worker_threads = 2, grace = "1h", cancel_within = "1h")]
async fn logs() {
    launch(async {
        shield!({
            println!("ready");
            foster::shutdown_requested().await;
            tokio::task::yield_now().await;
            println!("the payment is written");
        })
        .await;
        println!("the task has ended");
    });
    foster::shutdown_requested().await;
}

#[foster::main(flavor = "current_thread", grace = "50ms", cancel_within = "50ms")]
async fn is_stuck() {
    launch(async {
        println!("ready");
        IS_STUCK.store(true, Ordering::Release);
        block_for_ever();
    });
    pending::<()>().await;
}
