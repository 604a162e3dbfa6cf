//! The service on foster, from its first line to its report.

mod live;
mod mailer;
mod orders;
pub(crate) mod server;

use std::time::Duration;

use foster::{Failure, Supervisor, scope};

use crate::args::Options;
use crate::event::Event;
use crate::fault::Fault;
use crate::foster::orders::App;
use crate::foster::server::Closing;
use crate::premises::{LAME_DUCK, Premises};
use crate::store::Store;

pub(crate) async fn serve(options: &Options) -> Result<(), Fault> {
    let Premises { shop, outbox, listener, stocktaking } = Premises::open(options).await?;

    // Both rungs together leave a shield more time than the longest payment takes.
    let supervisor = Supervisor::builder("shop")
        .grace(Duration::from_secs(3))
        .cancel_within(Duration::from_secs(5))
        .on_failure(|failure: &Failure| Event::Failure(failure.to_string()).emit())
        .build();
    let owner = supervisor.spawner();
    let router = orders::router(App { shop, owner: owner.clone() });
    supervisor.launch(mailer::run(outbox));
    supervisor.launch(server::listen(listener, router, Closing::AfterRequest(LAME_DUCK)));

    let report = supervisor.run_until(foster::shutdown_requested()).await;
    for line in report.to_string().lines() {
        Event::Report(line.to_owned()).emit();
    }
    let tasks = stocktaking.tasks_left(Duration::from_millis(500)).await;
    let left = tasks.max(owner.live()).max(foster::root().live());
    Event::Living(left).emit();
    if left > 0 || !report.is_clean() {
        return Err(Fault::Unclean);
    }
    Ok(())
}

/// Runs `work` as a blocking child. It cannot be cancelled, but it never runs unowned either:
/// when the caller is dropped, the caller's owner waits for it.
pub(crate) async fn blocking<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Store) -> T + Send + 'static,
) -> T {
    let store = store.clone();
    scope!(|s| s.spawn_blocking(move || work(&store)).await).named("database").await
}
