//! `charge`: charges an order at the bank. What it charged, somebody has to write down.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::{Request, StatusCode};
use thiserror::Error;
use tokio::time::sleep;

use crate::bank::{Charge, Receipt};
use crate::client::{self, ExchangeError};
use crate::order::Order;

/// A failing bank recovers within a few. All of them together take less than six seconds, which is
/// what a shutdown has to leave time for.
const ATTEMPTS: u32 = 6;
const FIRST_PATIENCE: Duration = Duration::from_millis(250);
const LONGEST_PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// Money may have moved without an order to show for it: a person has to hear of this, also when
/// the customer is gone.
#[derive(Debug, Error)]
pub(crate) enum LostPayment {
    #[error("the bank gave no answer for order {0}")]
    NoAnswer(u32),
    #[error("order {order} is charged, but cannot be written: {reason}")]
    NotWritten { order: u32, reason: rusqlite::Error },
}

/// Asks with the same key until there is a definite answer: `None` if the card was declined, which
/// is no error: nothing was charged, so there is nothing to write.
pub(crate) async fn charge(
    bank: SocketAddr,
    order: &Order,
    cents: u32,
) -> Result<Option<String>, LostPayment> {
    let mut patience = FIRST_PATIENCE;
    for _ in 0..ATTEMPTS {
        match ask(bank, order, cents, patience).await {
            Ok(Reply::Charged(receipt)) => return Ok(Some(receipt)),
            Ok(Reply::Declined) => return Ok(None),
            // Whether the card was charged is unknown. The key makes the next attempt harmless.
            Ok(Reply::Unclear) | Err(_) => sleep(PAUSE).await,
        }
        patience = LONGEST_PATIENCE.min(patience * 2);
    }
    Err(LostPayment::NoAnswer(order.id))
}

enum Reply {
    Charged(String),
    Declined,
    Unclear,
}

async fn ask(
    bank: SocketAddr,
    order: &Order,
    cents: u32,
    patience: Duration,
) -> Result<Reply, ExchangeError> {
    let charge = Charge { order: order.id, card: order.card.clone(), cents };
    let request =
        Request::post("/charges").header("idempotency-key", format!("order-{}", order.id));
    let answer = client::exchange(bank, client::json(request, &charge)?, patience).await?;
    Ok(match answer.status {
        StatusCode::CREATED => {
            let Receipt { receipt } = serde_json::from_slice(&answer.body)?;
            Reply::Charged(receipt)
        }
        StatusCode::PAYMENT_REQUIRED => Reply::Declined,
        _ => Reply::Unclear,
    })
}
