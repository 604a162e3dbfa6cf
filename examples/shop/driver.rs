//! `drive`: one day of the shop, from the opening of the bank to the verdict, bounded in time.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foster::{Supervisor, try_scope};
use hyper::StatusCode;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::args::Plan;
use crate::bank::{self, Ledger};
use crate::client::{self, ExchangeError};
use crate::customer::{self, CUSTOMERS, Ending};
use crate::fault::Fault;
use crate::luck::Luck;
use crate::pace::Pace;
use crate::store::Store;
use crate::subprocess::{Log, Subprocess};
use crate::verdict::Verdict;

/// Leaves two of the promised twenty seconds for the counting.
const LIMIT: Duration = Duration::from_secs(18);

/// What the driver saw and heard, from the first order to the end of the service.
pub(crate) struct Day {
    pub(crate) endings: BTreeMap<u32, Ending>,
    pub(crate) log: Log,
    pub(crate) exit: ExitStatus,
    /// Whether `/health` said 503 after SIGTERM.
    pub(crate) went_unhealthy: bool,
}

pub(crate) async fn drive(plan: Plan) -> Result<(), Fault> {
    // Ctrl-C drops the run: its tasks pass to the root, which ends them and waits.
    tokio::select! {
        result = run(plan) => result,
        () = foster::shutdown_requested() => Err(Fault::Stopped),
    }
}

async fn run(plan: Plan) -> Result<(), Fault> {
    let started = Instant::now();
    let Plan { seed, orders } = plan;
    say(format_args!("seed {seed}, {orders} orders, {CUSTOMERS} customers"));
    let folder = tempfile::tempdir().map_err(Fault::Folder)?;
    let db = folder.path().join("shop.db");
    let ledger = Arc::new(Ledger::default());
    let bank = Supervisor::builder("bank").grace(Duration::ZERO).build();
    let bank_addr = bank::open(&bank, Arc::clone(&ledger), Luck::new(Some(seed))).await?;

    let day = trade(plan, &db, bank_addr).await?;
    let bank_report = bank.shutdown().await;

    let store = Store::open(&db).map_err(|reason| Fault::Database { path: db, reason })?;
    let verdict = Verdict {
        plan,
        day,
        charged: ledger.charged(),
        repeats: ledger.repeats(),
        recorded: store.recorded().await?,
    };
    say(format_args!("{verdict}\ndriver    {bank_report}"));
    say(format_args!("          took {:.1} s", started.elapsed().as_secs_f32()));
    if !bank_report.is_clean() {
        return Err(Fault::Unclean);
    }
    verdict.check()
}

/// Starts the service, lets the customers in, sends SIGTERM when two thirds of the orders have
/// ended, and waits for the service.
async fn trade(plan: Plan, db: &Path, bank: SocketAddr) -> Result<Day, Fault> {
    let bar = ProgressBar::new(plan.orders.into()).with_style(style());
    try_scope!(|s| -> Result<Day, Fault> {
        let (mut service, output) = Subprocess::start(db, bank, plan.seed).await?;
        let addr = service.addr;
        let log = s.spawn(Log::read(output));
        let (sender, mut inbox) = mpsc::channel(1);
        let pace = Arc::new(Pace::new(Duration::from_millis(110)));
        for first in 1..=CUSTOMERS {
            s.launch(customer::shop(plan, addr, Arc::clone(&pace), first, sender.clone()));
        }
        drop(sender);

        let mut endings = BTreeMap::new();
        let closing_time = (plan.orders * 2).div_ceil(3) as usize;
        let mut health = None;
        while let Some((order, ending)) = inbox.recv().await {
            // Before SIGTERM the shop has no reason to turn anybody away.
            let early = ending == Ending::Closed && health.is_none();
            endings.insert(order, if early { Ending::Broken } else { ending });
            bar.inc(1);
            if endings.len() == closing_time {
                service.terminate()?;
                bar.set_message("SIGTERM");
                health = Some(s.spawn(goes_unhealthy(addr)));
            }
        }
        let went_unhealthy = match health {
            Some(health) => health.await,
            None => false,
        };
        let log = log.await;
        let exit = service.exit().await?;
        bar.finish_and_clear();
        Ok(Day { endings, log, exit, went_unhealthy })
    })
    .named("day")
    .within(LIMIT)
    .await
}

/// Asks until the service says 503, or nothing any more.
async fn goes_unhealthy(addr: SocketAddr) -> Result<bool, Fault> {
    while let Ok(status) = health(addr).await {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(true);
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(false)
}

async fn health(addr: SocketAddr) -> Result<StatusCode, ExchangeError> {
    let answer = client::exchange(addr, client::get("/health")?, LIMIT).await?;
    Ok(answer.status)
}

/// Prints a line. A reader that has gone away still has the exit code.
fn say(line: fmt::Arguments<'_>) {
    writeln!(io::stdout().lock(), "{line}").ok();
}

/// Draws to stderr, and nothing at all where that is no terminal.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {pos}/{len} orders {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
