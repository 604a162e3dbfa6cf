//! A customer: places one order after the other, and hangs up on about a third of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::{Request, StatusCode};
use tokio::sync::mpsc::Sender;

use crate::args::Plan;
use crate::bank::DECLINED_CARD;
use crate::client::{self, ExchangeError};
use crate::luck::{Luck, Part};
use crate::order::Order;
use crate::pace::Pace;
use crate::store::CATALOGUE;

/// How many are in the shop at a time.
pub(crate) const CUSTOMERS: u32 = 16;

/// Longer than any order takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a customer may hear instead of a "yes": the card was declined, it looks like fraud, it is
/// sold out, a check cannot be made.
pub(crate) const REFUSALS: [StatusCode; 4] = [
    StatusCode::PAYMENT_REQUIRED,
    StatusCode::FORBIDDEN,
    StatusCode::CONFLICT,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// How an order ended, as the customer sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Acknowledged,
    Refused(StatusCode),
    HungUp,
    /// The shop had closed: no connection, or one that was closed without an answer.
    Closed,
    /// Nothing that a customer should see.
    Broken,
}

/// Places the orders `first`, `first + CUSTOMERS`, … of the plan and tells how each one ended.
pub(crate) async fn shop(
    plan: Plan,
    addr: SocketAddr,
    pace: Arc<Pace>,
    first: u32,
    endings: Sender<(u32, Ending)>,
) {
    let luck = Luck::new(Some(plan.seed));
    for id in (first..=plan.orders).step_by(CUSTOMERS as usize) {
        let hang_up = hang_up(luck, id).map(|percent| pace.percent(percent));
        let started = Instant::now();
        let ending = place(addr, &order(luck, id), hang_up).await;
        if ending == Ending::Acknowledged && hang_up.is_none() {
            pace.learn(started.elapsed());
        }
        if endings.send((id, ending)).await.is_err() {
            return;
        }
    }
}

fn order(luck: Luck, id: u32) -> Order {
    let mut draw = luck.draw(Part::Order, id, 1);
    let (item, ..) = if draw.happens(4) { CATALOGUE[3] } else { *draw.pick(&CATALOGUE[..3]) };
    let quantity = if draw.happens(3) { 50 } else { *draw.pick(&[1, 2, 3]) };
    let card = if draw.happens(5) { DECLINED_CARD } else { "4242424242424242" };
    Order { id, item: item.to_owned(), quantity, card: card.to_owned() }
}

/// When the customer of this order hangs up, if at all: in percent of what an order takes.
fn hang_up(luck: Luck, id: u32) -> Option<u32> {
    let mut draw = luck.draw(Part::HangUp, id, 1);
    draw.happens(40).then(|| draw.percent(4..90))
}

async fn place(addr: SocketAddr, order: &Order, hang_up: Option<Duration>) -> Ending {
    let Ok(request) = client::json(Request::post("/orders"), order) else {
        return Ending::Broken;
    };
    match client::exchange(addr, request, hang_up.unwrap_or(PATIENCE)).await {
        Ok(answer) if answer.status == StatusCode::CREATED => Ending::Acknowledged,
        Ok(answer) if REFUSALS.contains(&answer.status) => Ending::Refused(answer.status),
        Err(ExchangeError::Impatient(_)) if hang_up.is_some() => Ending::HungUp,
        Err(ExchangeError::Connect(_) | ExchangeError::Broken(_)) => Ending::Closed,
        Ok(_) | Err(_) => Ending::Broken,
    }
}
