//! The HTTP interface in the careful way: placing an order, looking it up, watching, health.

use std::sync::Arc;

use axum::extract::{Path, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::careful::live;
use crate::checks;
use crate::event::Event;
use crate::order::{Order, Refusal};
use crate::payment::{self, LostPayment};
use crate::premises::Shop;
use crate::store::Placed;
use crate::watch::Watch;

pub(crate) struct App {
    pub(crate) shop: Shop,
    pub(crate) stop: CancellationToken,
    pub(crate) work: TaskTracker,
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
    let answer = check_out(&app, order, &mut watch).await;
    watch.answered();
    answer
}

/// This future is dropped wherever it stands when the customer hangs up.
async fn check_out(
    app: &Arc<App>,
    order: Order,
    watch: &mut Watch,
) -> Result<(StatusCode, Json<Placed>), Refusal> {
    if let Some(placed) = find(app, order.id).await? {
        return Ok((StatusCode::OK, Json(placed)));
    }

    // Futures of this task, so that the first refusal, or a customer who is gone, ends them all.
    let (luck, store, wanted) = (app.shop.luck, app.shop.store.clone(), order.clone());
    let stock = app.work.spawn_blocking(move || checks::stock(&store, &wanted));
    let (cents, (), ()) = tokio::try_join!(
        checks::quote(luck, order.clone()),
        async { stock.await? },
        checks::fraud(luck, order.clone()),
    )?;

    // From the charge on there is no way back: a task of its own writes the order down.
    watch.charging();
    let id = order.id;
    let settling = settle(Arc::clone(app), order, cents);
    let settled = app.work.spawn(async move {
        let settled = settling.await;
        if let Err(error) = &settled {
            // The customer may be gone, and then nobody else hears of it.
            Event::Failure(format!("payment of order {id}: {error}")).emit();
        }
        settled
    });
    match settled.await?? {
        Some(placed) => Ok((StatusCode::CREATED, Json(placed))),
        None => Err(Refusal::Declined),
    }
}

/// Charges an order and writes it down; `None` if the card was declined.
async fn settle(app: Arc<App>, order: Order, cents: u32) -> Result<Option<Placed>, Refusal> {
    let Some(receipt) = payment::charge(app.shop.bank, &order, cents).await? else {
        return Ok(None);
    };
    let placed = Placed::new(&order, cents, receipt);
    let (store, row) = (app.shop.store.clone(), placed.clone());
    let written = app.work.spawn_blocking(move || store.record(&row)).await?;
    written.map_err(|reason| LostPayment::NotWritten { order: order.id, reason })?;
    app.shop.announce(order.id);
    Ok(Some(placed))
}

async fn find(app: &App, id: u32) -> Result<Option<Placed>, Refusal> {
    let store = app.shop.store.clone();
    Ok(app.work.spawn_blocking(move || store.find(id)).await??)
}

async fn show(State(app): State<Arc<App>>, Path(id): Path<u32>) -> Result<Response, Refusal> {
    Ok(match find(&app, id).await? {
        Some(placed) => Json(placed).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// axum runs an upgraded socket in a task of its own, so that the tracker has to be told of it.
async fn view(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    let (placed, stop, token) = (app.shop.placed.subscribe(), app.stop.clone(), app.work.token());
    upgrade.on_upgrade(async move |socket| {
        live::run(socket, placed, stop).await;
        drop(token);
    })
}

/// Tells whoever spreads the load to send nothing more.
async fn health(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.stop.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}
