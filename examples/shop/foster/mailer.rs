//! The mailer on foster: sends what is in the outbox, and ends when no more can come.

use std::net::SocketAddr;

use foster::{shield, try_scope};
use rusqlite::{Error, Result};
use tokio::time::sleep;

use crate::foster::blocking;
use crate::post;
use crate::premises::Outbox;
use crate::store::Store;

/// A shutdown request alone does not end it: orders in flight still write mails. It ends with the
/// last handler and shield that could ring, and if these take too long, the ladder ends it.
pub(crate) async fn run(mut outbox: Outbox) -> Result<()> {
    loop {
        drain(&outbox).await?;
        if outbox.doorbell.recv().await.is_none() {
            return Ok(());
        }
    }
}

async fn drain(outbox: &Outbox) -> Result<()> {
    loop {
        let unsent = blocking(&outbox.store, Store::unsent).await?;
        if unsent.is_empty() {
            return Ok(());
        }
        try_scope!(|s| -> Result<(), Error> {
            for order in unsent {
                // A mail that is sent and not marked would be sent again.
                let delivery = deliver(outbox.store.clone(), outbox.post, order);
                s.launch(async { shield!(delivery.await).named("mail").await });
            }
            Ok(())
        })
        .named("mails")
        .await?;
    }
}

/// Leaves in the outbox what the post office does not take.
async fn deliver(store: Store, post: SocketAddr, order: u32) -> Result<()> {
    if post::send(post, order).await {
        blocking(&store, move |store| store.mark_sent(order)).await
    } else {
        sleep(post::PAUSE).await;
        Ok(())
    }
}
