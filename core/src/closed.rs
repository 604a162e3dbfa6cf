//! Futures that an owner did not start.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::sync::{Mutex, PoisonError};

/// Hands back a future that an ended owner did not start (R12).
///
/// It is an error whatever the future is, so `?` takes it into `anyhow::Error` or
/// [`BoxError`](crate::BoxError).
///
/// # Examples
///
/// ```
/// use foster::{Closed, Spawner, scope};
///
/// # async fn save() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let spawner: Spawner<_> = scope!(|s| { s.spawner() }).await;
/// if let Err(Closed(save)) = spawner.launch(save()) {
///     save.await; // here instead, or in another owner with `save.into_inner()`
/// }
/// # }
/// ```
pub struct Closed<F>(
    /// The future, never polled.
    pub HandedBack<F>,
);

impl<F> Closed<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(HandedBack(Mutex::new(future)))
    }

    /// Returns the future.
    pub fn into_inner(self) -> F {
        self.0.into_inner()
    }
}

impl<F> Debug for Closed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<F> Display for Closed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the owner has ended and starts no more tasks")
    }
}

impl<F> Error for Closed<F> {}

/// Holds a future that was not started: to be awaited, or taken out.
///
/// It is `Sync` for every future that is `Send`, as errors have to be.
pub struct HandedBack<F>(
    /// Is never locked.
    Mutex<F>,
);

impl<F> HandedBack<F> {
    /// Returns the future.
    pub fn into_inner(self) -> F {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future> IntoFuture for HandedBack<F> {
    type Output = F::Output;
    type IntoFuture = F;

    fn into_future(self) -> F {
        self.into_inner()
    }
}

impl<F> Debug for HandedBack<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandedBack(..)")
    }
}
