//! `Premises`: what a service stands on, whichever way it is written.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc};
use tokio::time::sleep;

use crate::args::Options;
use crate::event::Event;
use crate::fault::Fault;
use crate::luck::Luck;
use crate::partners::Partners;
use crate::store::Store;

/// How long `/health` says 503 before the port is closed.
pub(crate) const LAME_DUCK: Duration = Duration::from_millis(500);

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) bank: SocketAddr,
    pub(crate) luck: Luck,
    pub(crate) placed: broadcast::Sender<u32>,
    doorbell: mpsc::Sender<()>,
}

impl Shop {
    /// To be called once an order is written: tells the viewers and wakes the mailer.
    pub(crate) fn announce(&self, order: u32) {
        // Nobody may be watching, and the bell may be ringing already.
        self.placed.send(order).ok();
        self.doorbell.try_send(()).ok();
    }
}

/// What the mailer needs. The bell has fallen silent for good when no `Shop` is left.
pub(crate) struct Outbox {
    pub(crate) store: Store,
    pub(crate) post: SocketAddr,
    pub(crate) doorbell: mpsc::Receiver<()>,
}

pub(crate) struct Premises {
    pub(crate) shop: Shop,
    pub(crate) outbox: Outbox,
    pub(crate) listener: TcpListener,
    pub(crate) stocktaking: Stocktaking,
}

impl Premises {
    pub(crate) async fn open(options: &Options) -> Result<Self, Fault> {
        let tasks_before = alive_tasks();
        let Options { db, addr, partners, seed } = options;
        // Blocks for a moment: nothing runs yet that could be held up.
        let store =
            Store::open(db).map_err(|reason| Fault::Database { path: db.clone(), reason })?;
        let port = |reason| Fault::Port { addr: *addr, reason };
        let listener = TcpListener::bind(addr).await.map_err(port)?;
        let addr = listener.local_addr().map_err(port)?;
        let luck = Luck::new(*seed);
        let (partners, own) = if let Some(partners) = partners {
            (*partners, None)
        } else {
            let own = Partners::open(luck).await?;
            (own.addr, Some(own))
        };

        let (doorbell, rings) = mpsc::channel(1);
        let (placed, _) = broadcast::channel(64);
        let outbox = Outbox { store: store.clone(), post: partners, doorbell: rings };
        let shop = Shop { store, bank: partners, luck, placed, doorbell };
        Event::Listening(addr).emit();
        Ok(Self { shop, outbox, listener, stocktaking: Stocktaking { own, tasks_before } })
    }
}

/// Counts what a service leaves behind.
pub(crate) struct Stocktaking {
    own: Option<Partners>,
    tasks_before: usize,
}

impl Stocktaking {
    /// How many tasks are alive, of all that tokio knows: those that a library has started, too.
    ///
    /// tokio removes a task from its books a moment after the task has ended, so this counts for
    /// `patience` until there is none. Short for a service that did not wait for its tasks: they
    /// would use the time.
    pub(crate) async fn tasks_left(self, patience: Duration) -> usize {
        if let Some(own) = self.own
            && let report = own.supervisor.shutdown().await
            && !report.is_clean()
        {
            Event::Report(report.to_string()).emit();
        }
        let started = Instant::now();
        loop {
            let left = alive_tasks().saturating_sub(self.tasks_before);
            if left == 0 || started.elapsed() >= patience {
                return left;
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}
