//! `/live` in the usual way: the helpers are spawned, and end when their channel does.

use std::future;

use axum::extract::ws::WebSocket;
use tokio::sync::{broadcast, mpsc};

use crate::live;

pub(crate) async fn run(socket: WebSocket, placed: broadcast::Receiver<u32>) {
    let (frames, outgoing) = mpsc::channel(live::FRAMES);
    tokio::spawn(live::keep_alive(frames.clone()));
    tokio::spawn(live::feed(placed, frames));
    live::converse(socket, outgoing, future::pending::<()>()).await;
}
