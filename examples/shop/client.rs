//! `exchange`: one HTTP request and its answer, on a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use foster::{Interrupted, try_scope};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, http};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use thiserror::Error;
use tokio::net::TcpStream;

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
    Impatient(#[from] Interrupted),
}

/// Waits `patience` for the answer. After that the socket is closed, in the middle of whatever it
/// did: this is how the customers hang up.
pub(crate) async fn exchange(
    addr: SocketAddr,
    request: Request<Full<Bytes>>,
    patience: Duration,
) -> Result<Answer, ExchangeError> {
    try_scope!(|s| -> Result<Answer, ExchangeError> {
        let stream = TcpStream::connect(addr).await?;
        let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Moves the bytes for as long as the body needs them. Its error is the request's as well.
        s.background(async move { connection.await.unwrap_or_default() });
        let response = requests.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    })
    .named("exchange")
    .within(patience)
    .await
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
