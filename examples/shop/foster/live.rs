//! `/live` on foster: the helpers are background children, and end with the connection.

use axum::extract::ws::WebSocket;
use foster::scope;
use tokio::sync::{broadcast, mpsc};

use crate::live;

pub(crate) async fn run(socket: WebSocket, placed: broadcast::Receiver<u32>) {
    scope!(|s| {
        let (frames, outgoing) = mpsc::channel(live::FRAMES);
        s.background(live::keep_alive(frames.clone()));
        s.background(live::feed(placed, frames));
        live::converse(socket, outgoing, foster::shutdown_requested()).await;
    })
    .named("live")
    .await;
}
