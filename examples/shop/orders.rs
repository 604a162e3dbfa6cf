//! The shop's HTTP interface: placing an order, looking it up, health.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use foster::{Spawner, shield, try_scope};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checks;
use crate::luck::Luck;
use crate::payment::{self, LostPayment, Settlement};
use crate::store::{Placed, Store};
use crate::watch::Watch;

/// What a customer sends. The number is the customer's choice, and makes a repeated order harmless.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u32,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) card: String,
}

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) bank: SocketAddr,
    pub(crate) luck: Luck,
    pub(crate) owner: Spawner,
}

/// Why an order was not placed.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("not sold here")]
    NotSold,
    #[error("sold out")]
    SoldOut,
    #[error("the order looks like fraud")]
    Suspicious,
    #[error("the card was declined")]
    Declined,
    #[error("the {0} service is not available")]
    Unavailable(&'static str),
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Payment(#[from] LostPayment),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotSold => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SoldOut => StatusCode::CONFLICT,
            Self::Suspicious => StatusCode::FORBIDDEN,
            Self::Declined => StatusCode::PAYMENT_REQUIRED,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Payment(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, format!("{self}\n")).into_response()
    }
}

pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(show))
        .route("/health", get(health))
        .with_state(Arc::new(shop))
}

async fn place(
    State(shop): State<Arc<Shop>>,
    Json(order): Json<Order>,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    let mut watch = Watch::over(order.id);
    let answer = check_out(&shop, order, &mut watch).await;
    watch.answered();
    answer
}

/// This future is dropped wherever it stands when the customer hangs up.
async fn check_out(
    shop: &Shop,
    order: Order,
    watch: &mut Watch,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    if let Some(placed) = shop.store.find(order.id).await? {
        return Ok((StatusCode::OK, Json(placed)));
    }

    // The first refusal ends the other checks, and so does a customer who is gone.
    let cents = try_scope!(|s| -> Result<u32, Refusal> {
        let cents = s.spawn(checks::quote(shop.luck, order.clone()));
        s.launch(checks::stock(shop.store.clone(), order.clone()));
        s.launch(checks::fraud(shop.luck, order.clone()));
        Ok(cents.await)
    })
    .named("checks")
    .await?;

    // From the charge on there is no way back: the shield writes the order down, whoever has gone.
    let settling = payment::settle(shop.bank, shop.store.clone(), order, cents);
    watch.charging();
    match shield!(settling.await).named("payment").await? {
        Settlement::Paid(placed) => Ok((StatusCode::CREATED, Json(placed))),
        Settlement::Declined => Err(Refusal::Declined),
    }
}

async fn show(State(shop): State<Arc<Shop>>, Path(id): Path<u32>) -> Result<Response, Refusal> {
    Ok(match shop.store.find(id).await? {
        Some(placed) => Json(placed).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// Tells whoever spreads the load to send nothing more.
async fn health(State(shop): State<Arc<Shop>>) -> (StatusCode, &'static str) {
    if shop.owner.is_shutting_down() {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}
