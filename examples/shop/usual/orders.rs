//! The HTTP interface in the usual way: placing an order, looking it up, watching, health.

use std::sync::Arc;

use axum::extract::{Path, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::task::spawn_blocking;

use crate::checks;
use crate::order::{Order, Refusal};
use crate::payment::{self, LostPayment};
use crate::premises::Shop;
use crate::store::Placed;
use crate::usual::live;
use crate::watch::Watch;

pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(show))
        .route("/live", get(view))
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

async fn check_out(
    shop: &Shop,
    order: Order,
    watch: &mut Watch,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    if let Some(placed) = find(shop, order.id).await? {
        return Ok((StatusCode::OK, Json(placed)));
    }

    let (store, wanted) = (shop.store.clone(), order.clone());
    let (cents, stock, fraud) = tokio::join!(
        checks::quote(shop.luck, order.clone()),
        spawn_blocking(move || checks::stock(&store, &wanted)),
        checks::fraud(shop.luck, order.clone()),
    );
    stock??;
    fraud?;
    let cents = cents?;

    watch.charging();
    let Some(receipt) = payment::charge(shop.bank, &order, cents).await? else {
        return Err(Refusal::Declined);
    };
    let placed = Placed::new(&order, cents, receipt);
    let (store, row) = (shop.store.clone(), placed.clone());
    let written = spawn_blocking(move || store.record(&row)).await?;
    written.map_err(|reason| LostPayment::NotWritten { order: order.id, reason })?;
    shop.announce(order.id);
    Ok((StatusCode::CREATED, Json(placed)))
}

async fn find(shop: &Shop, id: u32) -> Result<Option<Placed>, Refusal> {
    let store = shop.store.clone();
    Ok(spawn_blocking(move || store.find(id)).await??)
}

async fn show(State(shop): State<Arc<Shop>>, Path(id): Path<u32>) -> Result<Response, Refusal> {
    Ok(match find(&shop, id).await? {
        Some(placed) => Json(placed).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

async fn view(State(shop): State<Arc<Shop>>, upgrade: WebSocketUpgrade) -> Response {
    let placed = shop.placed.subscribe();
    upgrade.on_upgrade(move |socket| live::run(socket, placed))
}

async fn health() -> &'static str {
    "ok\n"
}
