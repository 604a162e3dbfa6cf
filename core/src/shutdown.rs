//! Ambient functions: the shutdown request, and a place to be cancelled at.

use std::future::pending;
use std::sync::Arc;

use crate::ambient;
use crate::owner::Owner;
use crate::root;
use crate::supervision;

/// Waits until shutdown of the nearest supervisor around this code, or of one above it, is
/// requested (R8, R11); for ever where there is none.
///
/// In a task that foster did not start there is none around it: there it is the supervisor of
/// [`#[foster::main]`](macro@crate::main), which answers for all that no other does.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sup = foster::Supervisor::builder("worker").build();
/// sup.launch(async {
///     foster::shutdown_requested().await;
///     // write down what is left to do
/// });
/// assert!(sup.shutdown().await.is_clean());
/// # }
/// ```
///
/// # Cancel safety
///
/// Loses nothing: the request stays.
pub async fn shutdown_requested() {
    match ambient::owner().or_else(root::current_owner) {
        Some(owner) => requested_of(&owner).await,
        None => pending().await,
    }
}

/// Yields to the runtime once, so that a cancellation takes effect here (R5).
///
/// # Cancel safety
///
/// Being cancelled here is what it is for.
pub async fn checkpoint() {
    tokio::task::yield_now().await;
}

/// Waits for the request that concerns `owner`'s tasks.
pub(crate) async fn requested_of(owner: &Arc<Owner>) {
    let supervisor = supervision::nearest(owner);
    match supervisor.as_ref().and_then(|owner| owner.supervision.as_deref()) {
        Some(supervision) => supervision.rung(1).clone().cancelled_owned().await,
        None => pending().await,
    }
}
