//! The service in the usual way: `tokio::spawn` for what runs beside, graceful shutdown for axum.

mod live;
mod mailer;
mod orders;

use std::time::Duration;

use tokio::signal;
use tokio::signal::unix::SignalKind;

use crate::args::Options;
use crate::event::Event;
use crate::fault::Fault;
use crate::premises::Premises;

pub(crate) async fn serve(options: &Options) -> Result<(), Fault> {
    let mut terminate = signal::unix::signal(SignalKind::terminate()).map_err(Fault::Signal)?;
    let Premises { shop, outbox, listener, stocktaking } = Premises::open(options).await?;
    let shutdown = async move {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };

    tokio::spawn(mailer::run(outbox));
    axum::serve(listener, orders::router(shop))
        .with_graceful_shutdown(shutdown)
        .await
        .map_err(Fault::Serve)?;

    Event::Living(stocktaking.tasks_left(Duration::from_millis(10)).await).emit();
    Ok(())
}
