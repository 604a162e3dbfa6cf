//! The service in the careful way: a token that all watch, a tracker of all that must finish, and
//! a bound on the wait.

mod live;
mod mailer;
mod orders;

use std::future::IntoFuture as _;
use std::time::Duration;

use tokio::signal;
use tokio::signal::unix::SignalKind;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::args::Options;
use crate::careful::orders::App;
use crate::event::Event;
use crate::fault::Fault;
use crate::premises::{LAME_DUCK, Premises};

/// More than the longest payment takes.
const GRACE: Duration = Duration::from_secs(8);

pub(crate) async fn serve(options: &Options) -> Result<(), Fault> {
    let mut terminate = signal::unix::signal(SignalKind::terminate()).map_err(Fault::Signal)?;
    let Premises { shop, outbox, listener, stocktaking } = Premises::open(options).await?;
    let (stop, work) = (CancellationToken::new(), TaskTracker::new());

    work.spawn(mailer::run(outbox, work.clone()));
    let router = orders::router(App { shop, stop: stop.clone(), work: work.clone() });
    let closing = stop.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        closing.cancelled().await;
        sleep(LAME_DUCK).await;
    });
    let mut server = tokio::spawn(serving.into_future());

    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        ended = &mut server => return ended.map_err(Fault::Task)?.map_err(Fault::Serve),
    }
    stop.cancel();
    let deadline = Instant::now() + GRACE;
    if timeout_at(deadline, &mut server).await.is_err() {
        server.abort();
        Event::Failure("connections were still open".to_owned()).emit();
    }
    work.close();
    if timeout_at(deadline, work.wait()).await.is_err() {
        Event::Failure(format!("{} tasks were still at work", work.len())).emit();
    }

    Event::Living(stocktaking.tasks_left(Duration::from_millis(500)).await).emit();
    Ok(())
}
