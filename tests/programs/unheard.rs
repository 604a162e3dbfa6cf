//! Failures that neither a hook nor a subscriber hears.

use std::process::ExitCode;

use foster::{Spawner, Supervisor};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

pub(crate) fn run(way: &str) -> Option<ExitCode> {
    Some(match way {
        "is-unheard" => {
            is_unheard();
            ExitCode::SUCCESS
        }
        "is-filtered-out" => is_filtered_out(),
        _ => return None,
    })
}

/// Two supervisors without a hook, in a runtime that is not foster's.
#[tokio::main(flavor = "current_thread")]
async fn is_unheard() {
    for part in ["mailer", "printer"] {
        let sup = Supervisor::builder(part).build();
        sup.launch(async move { Err(std::io::Error::other(format!("the {part} is gone"))) });
        assert_eq!(sup.join().await.failed, 1);
    }
}

/// Hears nothing.
struct Deaf;

impl Subscriber for Deaf {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A subscriber is there, whose filter lets nothing through.
#[foster::main(worker_threads = 2)]
async fn is_filtered_out() {
    tracing::subscriber::set_global_default(Deaf).expect("no other one is set");
    let fails = async { Err(std::io::Error::other("the mailer is gone")) };
    Spawner::current().launch(fails).expect("the supervisor is open");
}
