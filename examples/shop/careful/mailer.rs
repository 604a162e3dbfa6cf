//! The mailer in the careful way: sends what is in the outbox, and ends when no more can come.

use std::net::SocketAddr;

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::event::Event;
use crate::order::Refusal;
use crate::post;
use crate::premises::Outbox;
use crate::store::Store;

/// Does not end on the token: orders in flight still write mails. It ends when all of those who
/// could ring are gone.
pub(crate) async fn run(mut outbox: Outbox, work: TaskTracker) {
    loop {
        if let Err(error) = drain(&outbox, &work).await {
            Event::Failure(format!("mailer: {error}")).emit();
        }
        if outbox.doorbell.recv().await.is_none() {
            return;
        }
    }
}

async fn drain(outbox: &Outbox, work: &TaskTracker) -> Result<(), Refusal> {
    loop {
        let store = outbox.store.clone();
        let unsent = work.spawn_blocking(move || store.unsent()).await??;
        if unsent.is_empty() {
            return Ok(());
        }
        // Tasks of the tracker: an early end of this loop, or of the mailer, must not come between
        // a mail and its mark.
        let mails: Vec<_> = unsent
            .into_iter()
            .map(|order| work.spawn(deliver(outbox.store.clone(), outbox.post, order)))
            .collect();
        for mail in mails {
            mail.await??;
        }
    }
}

/// Leaves in the outbox what the post office does not take.
async fn deliver(store: Store, post: SocketAddr, order: u32) -> Result<(), Refusal> {
    if post::send(post, order).await {
        // Waited for by a task of the tracker that nobody aborts.
        Ok(spawn_blocking(move || store.mark_sent(order)).await??)
    } else {
        sleep(post::PAUSE).await;
        Ok(())
    }
}
