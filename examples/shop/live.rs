//! `/live`: the frames of the WebSocket on which viewers see orders being placed.
//!
//! Two helpers make frames and one conversation sends them. Who runs the helpers, and when they
//! end, is each way's own business.

use std::pin::pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{sleep, timeout};

/// How many frames may wait for a slow viewer.
pub(crate) const FRAMES: usize = 8;

const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// How long a viewer may take to answer a goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// Keeps whatever lies between from taking a quiet connection for a dead one.
pub(crate) async fn keep_alive(frames: mpsc::Sender<Message>) {
    while frames.send(Message::Ping(Bytes::new())).await.is_ok() {
        sleep(KEEP_ALIVE).await;
    }
}

pub(crate) async fn feed(mut placed: broadcast::Receiver<u32>, frames: mpsc::Sender<Message>) {
    loop {
        let order = match placed.recv().await {
            Ok(order) => order,
            // A slow viewer misses some.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if frames.send(Message::text(format!("order {order}"))).await.is_err() {
            return;
        }
    }
}

/// Sends `frames` until the viewer leaves, or until `stop`: then the viewer is told.
pub(crate) async fn converse(
    mut socket: WebSocket,
    mut frames: mpsc::Receiver<Message>,
    stop: impl Future,
) {
    let mut stop = pin!(stop);
    loop {
        let frame = tokio::select! {
            _ = &mut stop => {
                let reason = "the shop closes".into();
                let goodbye = CloseFrame { code: close_code::AWAY, reason };
                socket.send(Message::Close(Some(goodbye))).await.ok();
                break;
            }
            Some(frame) = frames.recv() => frame,
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_))) => break,
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        if socket.send(frame).await.is_err() {
            return;
        }
    }
    // Reads to the end. That sends the answer to a viewer's goodbye; and a socket that is closed
    // with bytes unread takes its own goodbye back.
    timeout(FAREWELL, async { while let Some(Ok(_)) = socket.recv().await {} }).await.ok();
}
