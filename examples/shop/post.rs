//! The post office: takes mails over HTTP, and turns one away now and then.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hyper::Request;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::client;
use crate::luck::{Luck, Part};

/// Longer than the post office takes, so that "no answer" means that it did not take the mail.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between a mail that was turned away and the next attempt.
pub(crate) const PAUSE: Duration = Duration::from_millis(20);

/// From this attempt at a mail on, the post office is reliable.
const RELIABLE_FROM: u32 = 3;

#[derive(Debug, Serialize, Deserialize)]
struct Mail {
    order: u32,
}

/// What the post office has been given. It knows no keys: a mail that is sent again arrives again.
#[derive(Default)]
pub(crate) struct Postbag {
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    attempts: BTreeMap<u32, u32>,
    taken: BTreeMap<u32, usize>,
}

impl Postbag {
    /// How often the mail of each order was taken.
    pub(crate) fn taken(&self) -> BTreeMap<u32, usize> {
        self.pages().taken.clone()
    }

    /// The number of this attempt, from 1.
    fn attempt(&self, order: u32) -> u32 {
        let mut pages = self.pages();
        let attempts = pages.attempts.entry(order).or_default();
        *attempts += 1;
        *attempts
    }

    fn take(&self, order: u32) {
        *self.pages().taken.entry(order).or_default() += 1;
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
struct Counter {
    postbag: Arc<Postbag>,
    luck: Luck,
}

pub(crate) fn router(postbag: Arc<Postbag>, luck: Luck) -> Router {
    Router::new().route("/mails", post(take)).with_state(Counter { postbag, luck })
}

async fn take(
    State(Counter { postbag, luck }): State<Counter>,
    Json(Mail { order }): Json<Mail>,
) -> StatusCode {
    let attempt = postbag.attempt(order);
    let mut draw = luck.draw(Part::Post, order, attempt);
    sleep(draw.millis(15..60)).await;
    if attempt < RELIABLE_FROM && draw.happens(5) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    postbag.take(order);
    // So that a mailer can also be stopped between the mail and its mark.
    sleep(Duration::from_millis(5)).await;
    StatusCode::ACCEPTED
}

/// Whether the post office at `addr` has taken the mail of `order`. If not, it is to be sent again.
pub(crate) async fn send(addr: SocketAddr, order: u32) -> bool {
    let Ok(request) = client::json(Request::post("/mails"), &Mail { order }) else {
        return false;
    };
    let answer = client::exchange(addr, request, PATIENCE).await;
    answer.is_ok_and(|answer| answer.status == StatusCode::ACCEPTED)
}
