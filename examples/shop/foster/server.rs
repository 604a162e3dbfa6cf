//! `listen`: an HTTP server in which every connection is a task of a supervisor.
//!
//! `axum::serve` would start the connections with `tokio::spawn`, and what a handler starts would
//! belong to nobody in particular. Here a handler runs inside a task of the supervisor: its scopes
//! and shields find their owner, and the shutdown ladder reaches them.

use std::future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use foster::Spawner;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// When a server gives up its port and its idle connections.
#[derive(Clone, Copy)]
pub(crate) enum Closing {
    /// So long after shutdown was requested. Until then orders are still taken, and whoever
    /// spreads the load can see that the service is going away.
    AfterRequest(Duration),
    /// Not before it is cancelled: it serves others while they shut down.
    Cancelled,
}

impl Closing {
    async fn due(self) {
        match self {
            Self::AfterRequest(pause) => {
                foster::shutdown_requested().await;
                sleep(pause).await;
            }
            Self::Cancelled => future::pending().await,
        }
    }
}

/// Accepts connections as tasks of the ambient owner.
pub(crate) async fn listen(listener: TcpListener, router: Router, closing: Closing) {
    let owner = Spawner::current();
    let mut due = pin!(closing.due());
    loop {
        let accepted = tokio::select! {
            () = &mut due => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                if owner.launch(connection(stream, router.clone(), closing)).is_err() {
                    return;
                }
            }
            // The client is gone already, or no descriptor is free until a connection ends.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, closing: Closing) {
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.due() => {
            // Ends an idle connection now, a busy one after its answer.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A client that hung up is the client's business: the handler was dropped, and that is all.
    ended.unwrap_or_default();
}
