//! `/live` in the careful way: the helpers are aborted and waited for at the end of the connection.

use axum::extract::ws::WebSocket;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::live;

pub(crate) async fn run(
    socket: WebSocket,
    placed: broadcast::Receiver<u32>,
    stop: CancellationToken,
) {
    let (frames, outgoing) = mpsc::channel(live::FRAMES);
    let mut helpers = JoinSet::new();
    helpers.spawn(live::keep_alive(frames.clone()));
    helpers.spawn(live::feed(placed, frames));
    live::converse(socket, outgoing, stop.cancelled()).await;
    // Dropping the set would abort them, too, and not wait.
    helpers.shutdown().await;
}
