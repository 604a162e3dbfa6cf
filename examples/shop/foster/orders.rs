//! The HTTP interface on foster: placing an order, looking it up, watching, health.

use std::sync::Arc;

use axum::extract::{Path, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use foster::{Spawner, shield, try_scope};

use crate::checks;
use crate::foster::{blocking, live};
use crate::order::{Order, Refusal};
use crate::payment::{self, LostPayment};
use crate::premises::Shop;
use crate::store::Placed;
use crate::watch::Watch;

pub(crate) struct App {
    pub(crate) shop: Shop,
    pub(crate) owner: Spawner,
}

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(show))
        .route("/live", get(view))
        .route("/health", get(health))
        .with_state(Arc::new(app))
}

async fn place(
    State(app): State<Arc<App>>,
    Json(order): Json<Order>,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    let mut watch = Watch::over(order.id);
    let answer = check_out(&app.shop, order, &mut watch).await;
    watch.answered();
    answer
}

/// This future is dropped wherever it stands when the customer hangs up.
async fn check_out(
    shop: &Shop,
    order: Order,
    watch: &mut Watch,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    let id = order.id;
    if let Some(placed) = blocking(&shop.store, move |store| store.find(id)).await? {
        return Ok((StatusCode::OK, Json(placed)));
    }

    // The first refusal ends the other checks, and so does a customer who is gone.
    let cents = try_scope!(|s| -> Result<u32, Refusal> {
        let cents = s.spawn(checks::quote(shop.luck, order.clone()));
        let (store, wanted) = (shop.store.clone(), order.clone());
        let stock = s.spawn_blocking(move || checks::stock(&store, &wanted));
        s.launch(checks::fraud(shop.luck, order.clone()));
        stock.await;
        Ok(cents.await)
    })
    .named("checks")
    .await?;

    // From the charge on there is no way back: the shield writes the order down, whoever has gone.
    let settling = settle(shop.clone(), order, cents);
    watch.charging();
    match shield!(settling.await).named("payment").await? {
        Some(placed) => Ok((StatusCode::CREATED, Json(placed))),
        None => Err(Refusal::Declined),
    }
}

/// Charges an order and writes it down; `None` if the card was declined.
async fn settle(shop: Shop, order: Order, cents: u32) -> Result<Option<Placed>, LostPayment> {
    let Some(receipt) = payment::charge(shop.bank, &order, cents).await? else {
        return Ok(None);
    };
    let placed = Placed::new(&order, cents, receipt);
    let row = placed.clone();
    let written = blocking(&shop.store, move |store| store.record(&row)).await;
    written.map_err(|reason| LostPayment::NotWritten { order: order.id, reason })?;
    shop.announce(order.id);
    Ok(Some(placed))
}

async fn show(State(app): State<Arc<App>>, Path(id): Path<u32>) -> Result<Response, Refusal> {
    Ok(match blocking(&app.shop.store, move |store| store.find(id)).await? {
        Some(placed) => Json(placed).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// axum runs an upgraded socket in a task of its own, which nobody waits for. So that task does no
/// more than hand the socket to the supervisor; if it is too late for that, the socket is dropped.
async fn view(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    let (owner, placed) = (app.owner.clone(), app.shop.placed.subscribe());
    upgrade.on_upgrade(async move |socket| {
        owner.launch(live::run(socket, placed)).ok();
    })
}

/// Tells whoever spreads the load to send nothing more.
async fn health(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.owner.is_shutting_down() {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}
