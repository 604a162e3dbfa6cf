//! `Order`: what a customer sends, and `Refusal`: why it was not placed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::task::JoinError;

use crate::payment::LostPayment;

/// What a customer sends. The number is the customer's choice, and makes a repeated order harmless.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u32,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) card: String,
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
    #[error("a task of the order ended early: {0}")]
    Task(#[from] JoinError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotSold => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SoldOut => StatusCode::CONFLICT,
            Self::Suspicious => StatusCode::FORBIDDEN,
            Self::Declined => StatusCode::PAYMENT_REQUIRED,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Payment(_) | Self::Task(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, format!("{self}\n")).into_response()
    }
}
