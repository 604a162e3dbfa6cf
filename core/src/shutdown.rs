//! Ambient functions: the shutdown request, and a place to be cancelled at.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::ambient;
use crate::limit;
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
/// The future is `'static`, so it can be handed to a server, and hears the owner in which this was
/// called as well as the one in which it is polled:
///
/// ```
/// # async fn serve_until(_: impl Future<Output = ()> + Send + 'static) {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// // A framework may poll it in a task of its own, which foster knows nothing of.
/// serve_until(foster::shutdown_requested()).await;
/// # }
/// ```
///
/// # Cancel safety
///
/// Loses nothing: the request stays.
pub fn shutdown_requested() -> impl Future<Output = ()> + Send + 'static {
    let called = Request::to(owner_here());
    Requested { called, polled: Request::default() }
}

/// Returns whether shutdown of the nearest supervisor around this code, or of one above it, was
/// requested; `false` where there is none.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sup = foster::Supervisor::builder("worker").build();
/// sup.launch(async {
///     while !foster::is_shutting_down() {
///         foster::checkpoint().await; // one more
///     }
/// });
/// assert!(sup.shutdown().await.is_clean());
/// # }
/// ```
pub fn is_shutting_down() -> bool {
    owner_here().is_some_and(|owner| is_requested(&owner))
}

/// Yields to the runtime once, so that a cancellation takes effect here (R5).
///
/// # Cancel safety
///
/// Being cancelled here is what it is for.
pub async fn checkpoint() {
    tokio::task::yield_now().await;
}

/// The owner that the code which runs here belongs to.
fn owner_here() -> Option<Arc<Owner>> {
    ambient::owner().or_else(root::current_owner)
}

/// Whether a shutdown that concerns `owner`'s tasks was requested.
pub(crate) fn is_requested(owner: &Arc<Owner>) -> bool {
    let supervisor = supervision::nearest(owner);
    let supervision = supervisor.as_ref().and_then(|owner| owner.supervision.as_deref());
    supervision.is_some_and(|supervision| supervision.rung(1).is_cancelled())
}

/// Waits for the request that concerns one owner's tasks.
#[derive(Debug, Default)]
pub(crate) struct Request {
    owner: Option<Arc<Owner>>,
    /// `None` until there is a supervisor to hear.
    requested: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Request {
    pub(crate) fn to(owner: Option<Arc<Owner>>) -> Self {
        Self { owner, requested: None }
    }
}

impl Future for Request {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { owner, requested } = &mut *self;
        if requested.is_none() {
            let supervisor = owner.as_ref().and_then(supervision::nearest);
            let supervision = supervisor.as_ref().and_then(|owner| owner.supervision.as_deref());
            *requested = supervision
                .map(|supervision| Box::pin(supervision.rung(1).clone().cancelled_owned()));
        }
        let requested = requested.as_mut();
        requested.map_or(Poll::Pending, |requested| limit::poll(requested.as_mut(), cx))
    }
}

/// What [`shutdown_requested`] returns.
struct Requested {
    called: Request,
    /// Made anew when it is polled in another owner.
    polled: Request,
}

impl Future for Requested {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let here = owner_here();
        if self.polled.owner.as_ref().map(Arc::as_ptr) != here.as_ref().map(Arc::as_ptr) {
            self.polled = Request::to(here);
        }
        if Pin::new(&mut self.called).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        Pin::new(&mut self.polled).poll(cx)
    }
}
