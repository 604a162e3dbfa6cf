//! `serve`: the service from its first line to its report.

use std::sync::Arc;
use std::time::Duration;

use foster::{Failure, Spawner, Supervisor};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::args::Options;
use crate::bank::{self, Ledger};
use crate::event::Event;
use crate::fault::Fault;
use crate::luck::Luck;
use crate::orders::{self, Shop};
use crate::server::{self, Closing};
use crate::store::Store;

/// How long `/health` says 503 before the port is closed.
const LAME_DUCK: Duration = Duration::from_millis(500);

pub(crate) async fn serve(options: Options) -> Result<(), Fault> {
    let tasks_before = alive_tasks();
    let Options { db, addr, bank, seed } = options;
    let store = Store::open(&db).map_err(|reason| Fault::Database { path: db, reason })?;
    let port = |reason| Fault::Port { addr, reason };
    let listener = TcpListener::bind(addr).await.map_err(port)?;
    let addr = listener.local_addr().map_err(port)?;
    let luck = Luck::new(seed);

    // A bank of our own outlives the shop: the last shields still charge at it.
    let own_bank = Supervisor::builder("bank").grace(Duration::ZERO).build();
    let bank = match bank {
        Some(addr) => addr,
        None => bank::open(&own_bank, Arc::new(Ledger::default()), luck).await?,
    };

    // Both rungs together leave a shield more time than the longest payment takes.
    let supervisor = Supervisor::builder("shop")
        .grace(Duration::from_secs(3))
        .cancel_within(Duration::from_secs(5))
        .on_failure(|failure: &Failure| Event::Failure(failure.to_string()).emit())
        .build();
    let owner = supervisor.spawner();
    let router = orders::router(Shop { store, bank, luck, owner: owner.clone() });
    supervisor.launch(server::listen(listener, router, Closing::AfterRequest(LAME_DUCK)));
    Event::Listening(addr).emit();

    let report = supervisor.run_until(foster::shutdown_requested()).await;
    for line in report.to_string().lines() {
        Event::Report(line.to_owned()).emit();
    }
    let bank_report = own_bank.shutdown().await;
    let living = living(&owner, tasks_before).await;
    Event::Living(living).emit();
    if living > 0 || !report.is_clean() || !bank_report.is_clean() {
        return Err(Fault::Unclean);
    }
    Ok(())
}

/// Tasks still alive: those that foster counts, or all that tokio counts beyond `tasks_before`,
/// whichever are more. So a task that a library started behind foster's back would be seen too.
async fn living(owner: &Spawner, tasks_before: usize) -> usize {
    let mut living = usize::MAX;
    // tokio removes a task from its own books a moment after the task has ended.
    for _ in 0..100 {
        let foreign = alive_tasks().saturating_sub(tasks_before);
        living = foreign.max(owner.live()).max(foster::root().live());
        if living == 0 {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    living
}

fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}
