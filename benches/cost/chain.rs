//! Scopes within scopes: each opened in a child of the one above, and cancelled at the top.

use std::future::pending;
use std::hint::black_box;

use foster::scope;
use foster_benches::Boxed;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Opens `n` scopes, waits until the last one has parked, and cancels the first.
pub(crate) async fn cancelled_at_the_top(n: usize) {
    let token = CancellationToken::new();
    let cancel = token.clone();
    let ended = scope!(|s| {
        let (arrive, arrived) = oneshot::channel();
        let below = s.spawn(nest(n, arrive));
        black_box(arrived.await.is_ok());
        cancel.cancel();
        below.await;
    })
    .cancelled_by(token)
    .await;
    black_box(ended.is_err());
}

fn nest(depth: usize, arrive: oneshot::Sender<()>) -> Boxed<()> {
    Box::pin(async move {
        if depth == 0 {
            black_box(arrive.send(()).is_ok());
            pending::<()>().await;
        } else {
            scope!(|s| {
                let below = s.spawn(nest(depth - 1, arrive));
                below.await;
            })
            .await;
        }
    })
}
