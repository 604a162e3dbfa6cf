//! `exchange`: one HTTP request and its answer, on a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, http};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

#[derive(Debug, Error)]
pub(crate) enum ExchangeError {
    #[error("cannot make the request: {0}")]
    Request(#[from] http::Error),
    #[error("not the JSON that was expected: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot connect: {0}")]
    Connect(#[from] io::Error),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("no answer: {0}")]
    Impatient(#[from] Elapsed),
}

/// Waits `patience` for the answer. After that the socket is closed, in the middle of whatever it
/// did: this is how the customers hang up.
pub(crate) async fn exchange(
    addr: SocketAddr,
    request: Request<Full<Bytes>>,
    patience: Duration,
) -> Result<Answer, ExchangeError> {
    // Starts no task, so that all ways can use it, and a dropped one is over at once.
    timeout(patience, on_its_own_connection(addr, request)).await?
}

async fn on_its_own_connection(
    addr: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ExchangeError> {
    let stream = TcpStream::connect(addr).await?;
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async move {
        let response = requests.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    };
    // Moves the bytes. It may end well before the answer is read to its end.
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        answer = answer => answer,
        Err(error) = &mut connection => Err(error.into()),
    }
}

pub(crate) fn get(path: &str) -> Result<Request<Full<Bytes>>, ExchangeError> {
    Ok(Request::get(path).header("host", "localhost").body(Full::default())?)
}

/// Finishes `request` with `body` as JSON.
pub(crate) fn json<T: Serialize>(
    request: Builder,
    body: &T,
) -> Result<Request<Full<Bytes>>, ExchangeError> {
    let body = Full::from(serde_json::to_vec(body)?);
    Ok(request.header("host", "localhost").header("content-type", "application/json").body(body)?)
}
