//! `Partners`: those outside the shop, a bank and a post office, behind one port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use foster::Supervisor;
use tokio::net::TcpListener;

use crate::bank::{self, Ledger};
use crate::fault::Fault;
use crate::foster::server::{self, Closing};
use crate::luck::Luck;
use crate::post::{self, Postbag};

pub(crate) struct Partners {
    pub(crate) addr: SocketAddr,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) postbag: Arc<Postbag>,
    /// Serves the shop's last orders while the shop shuts down, so it is ended after the shop.
    pub(crate) supervisor: Supervisor,
}

impl Partners {
    /// Opens on a free port of the loopback.
    pub(crate) async fn open(luck: Luck) -> Result<Self, Fault> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let port = |reason| Fault::Port { addr: any, reason };
        let listener = TcpListener::bind(any).await.map_err(port)?;
        let addr = listener.local_addr().map_err(port)?;
        let (ledger, postbag) = (Arc::<Ledger>::default(), Arc::<Postbag>::default());
        let router =
            bank::router(Arc::clone(&ledger), luck).merge(post::router(Arc::clone(&postbag), luck));
        let supervisor = Supervisor::builder("partners").grace(Duration::ZERO).build();
        supervisor.launch(server::listen(listener, router, Closing::Cancelled));
        Ok(Self { addr, ledger, postbag, supervisor })
    }
}
