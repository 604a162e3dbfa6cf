//! The bank: charges cards over HTTP, and fails now and then.

use std::collections::BTreeMap;
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::luck::{Luck, Part};

/// The card that no bank takes.
pub(crate) const DECLINED_CARD: &str = "4000000000000002";

/// From this attempt at a charge on, the bank is reliable: otherwise a payment could stay in doubt.
const RELIABLE_FROM: u32 = 3;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) order: u32,
    pub(crate) card: String,
    pub(crate) cents: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) receipt: String,
}

/// What the bank has on its books, by idempotency key.
#[derive(Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    attempts: BTreeMap<String, u32>,
    charges: BTreeMap<String, Charge>,
    repeats: usize,
}

impl Ledger {
    /// How often each order was charged.
    pub(crate) fn charged(&self) -> BTreeMap<u32, usize> {
        let mut orders = BTreeMap::new();
        for charge in self.pages().charges.values() {
            *orders.entry(charge.order).or_default() += 1;
        }
        orders
    }

    /// How many requests found their charge already made.
    pub(crate) fn repeats(&self) -> usize {
        self.pages().repeats
    }

    /// The number of this attempt, from 1.
    fn attempt(&self, key: &str) -> u32 {
        let mut pages = self.pages();
        let attempts = pages.attempts.entry(key.to_owned()).or_default();
        *attempts += 1;
        *attempts
    }

    /// Charges once for each key, however often it is asked.
    fn charge(&self, key: &str, charge: Charge) {
        let mut pages = self.pages();
        if pages.charges.contains_key(key) {
            pages.repeats += 1;
        } else {
            pages.charges.insert(key.to_owned(), charge);
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
struct Counter {
    ledger: Arc<Ledger>,
    luck: Luck,
}

pub(crate) fn router(ledger: Arc<Ledger>, luck: Luck) -> Router {
    Router::new().route("/charges", post(charge)).with_state(Counter { ledger, luck })
}

async fn charge(
    State(Counter { ledger, luck }): State<Counter>,
    headers: HeaderMap,
    Json(charge): Json<Charge>,
) -> Result<(StatusCode, Json<Receipt>), StatusCode> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.ok_or(StatusCode::BAD_REQUEST)?;
    let attempt = ledger.attempt(key);
    let mut draw = luck.draw(Part::Bank, charge.order, attempt);
    sleep(draw.millis(10..60)).await;
    if charge.card == DECLINED_CARD {
        return Err(StatusCode::PAYMENT_REQUIRED);
    }
    if attempt < RELIABLE_FROM && draw.happens(15) {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let receipt = format!("receipt for {key}");
    ledger.charge(key, charge);
    if attempt < RELIABLE_FROM && draw.happens(10) {
        // The money has moved and the answer never comes: only the same key again is safe now.
        future::pending::<()>().await;
    }
    // So that a client can also hang up between the charge and its answer.
    sleep(Duration::from_millis(5)).await;
    Ok((StatusCode::CREATED, Json(Receipt { receipt })))
}
