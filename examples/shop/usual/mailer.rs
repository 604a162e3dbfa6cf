//! The mailer in the usual way: sends what is in the outbox, for as long as it is let.

use std::net::SocketAddr;

use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use crate::event::Event;
use crate::order::Refusal;
use crate::post;
use crate::premises::Outbox;
use crate::store::Store;

pub(crate) async fn run(mut outbox: Outbox) {
    loop {
        if let Err(error) = drain(&outbox).await {
            Event::Failure(format!("mailer: {error}")).emit();
        }
        if outbox.doorbell.recv().await.is_none() {
            return;
        }
    }
}

async fn drain(outbox: &Outbox) -> Result<(), Refusal> {
    loop {
        let store = outbox.store.clone();
        let unsent = spawn_blocking(move || store.unsent()).await??;
        if unsent.is_empty() {
            return Ok(());
        }
        let mut mails = JoinSet::new();
        for order in unsent {
            mails.spawn(deliver(outbox.store.clone(), outbox.post, order));
        }
        while let Some(delivered) = mails.join_next().await {
            delivered??;
        }
    }
}

/// Leaves in the outbox what the post office does not take.
async fn deliver(store: Store, post: SocketAddr, order: u32) -> Result<(), Refusal> {
    if post::send(post, order).await {
        Ok(spawn_blocking(move || store.mark_sent(order)).await??)
    } else {
        sleep(post::PAUSE).await;
        Ok(())
    }
}
