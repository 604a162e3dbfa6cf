//! The checks on an order: stock, price and fraud. Each way runs them beside each other.

use tokio::time::sleep;

use crate::luck::{Luck, Part};
use crate::order::{Order, Refusal};
use crate::store::{CATALOGUE, Store};

/// More of one thing than a household needs.
const SUSPICIOUS: u32 = 20;

/// Blocks: the database is a file.
pub(crate) fn stock(store: &Store, order: &Order) -> Result<(), Refusal> {
    match store.in_stock(&order.item)? {
        None => Err(Refusal::NotSold),
        Some(left) if left < i64::from(order.quantity) => Err(Refusal::SoldOut),
        Some(_) => Ok(()),
    }
}

/// Asks for today's price. Stands for a service of its own, with its delays and failures.
pub(crate) async fn quote(luck: Luck, order: Order) -> Result<u32, Refusal> {
    let mut draw = luck.draw(Part::Quote, order.id, 1);
    sleep(draw.millis(5..50)).await;
    if draw.happens(3) {
        return Err(Refusal::Unavailable("price"));
    }
    let (_, cents, _) =
        CATALOGUE.iter().find(|(name, ..)| *name == order.item).ok_or(Refusal::NotSold)?;
    Ok(cents.saturating_mul(order.quantity))
}

/// Stands for a service of its own, like [`quote`].
pub(crate) async fn fraud(luck: Luck, order: Order) -> Result<(), Refusal> {
    let mut draw = luck.draw(Part::Fraud, order.id, 1);
    sleep(draw.millis(10..70)).await;
    if draw.happens(3) {
        return Err(Refusal::Unavailable("fraud"));
    }
    if order.quantity > SUSPICIOUS { Err(Refusal::Suspicious) } else { Ok(()) }
}
