//! `drive`: the same day for each way, and the verdicts beside each other, bounded in time.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foster::{scope, try_scope};
use hyper::StatusCode;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::args::Plan;
use crate::client::{self, ExchangeError};
use crate::customer::{self, CUSTOMERS, Ending};
use crate::fault::Fault;
use crate::luck::Luck;
use crate::pace::Pace;
use crate::partners::Partners;
use crate::store::Store;
use crate::subprocess::{Log, Subprocess};
use crate::table::Table;
use crate::verdict::Verdict;
use crate::viewer::{self, LEAVING, STAYING, View};
use crate::way::Way;

/// How long the day of one way may last.
const LIMIT: Duration = Duration::from_secs(15);

/// What the driver saw and heard of one service.
pub(crate) struct Day {
    pub(crate) endings: BTreeMap<u32, Ending>,
    pub(crate) views: Vec<View>,
    pub(crate) log: Log,
    pub(crate) exit: ExitStatus,
    /// From SIGTERM to the end of the process.
    pub(crate) stopped_in: Duration,
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
    let Plan { seed, orders, way } = plan;
    let viewers = STAYING + LEAVING;
    say(format_args!("seed {seed}, {orders} orders, {CUSTOMERS} customers, {viewers} viewers"));
    let folder = tempfile::tempdir().map_err(Fault::Folder)?;
    let ways = way.map_or(Way::ALL.to_vec(), |way| vec![way]);
    let mut verdicts = Vec::new();
    // One after the other, so that none takes the machine's time from another.
    for way in ways {
        verdicts.push(judge(plan, way, &folder.path().join(way.name())).await?);
    }

    say(format_args!("{}", Table(&verdicts)));
    for Verdict { way, day, .. } in &verdicts {
        for failure in &day.log.failures {
            say(format_args!("{way:<10}failure: {failure}"));
        }
        for line in &day.log.report {
            say(format_args!("{way:<10}report: {line}"));
        }
    }
    say(format_args!("driver    took {:.1} s", started.elapsed().as_secs_f32()));
    // What the rivals lose is shown. Foster's promises are kept, or the run fails.
    verdicts.iter().filter(|verdict| verdict.way == Way::Foster).try_for_each(Verdict::check)
}

/// Runs the day of one way, and counts afterwards.
async fn judge(plan: Plan, way: Way, db: &Path) -> Result<Verdict, Fault> {
    let partners = Partners::open(Luck::new(Some(plan.seed))).await?;
    let day = trade(plan, way, db, partners.addr).await?;
    if !partners.supervisor.shutdown().await.is_clean() {
        return Err(Fault::Unclean);
    }

    let db = db.to_owned();
    let count = move || {
        let store = Store::open(&db).map_err(|reason| Fault::Database { path: db, reason })?;
        Ok::<_, Fault>((store.recorded()?, store.unsent()?))
    };
    let (recorded, unsent) = scope!(|s| s.spawn_blocking(count).await).await?;
    Ok(Verdict {
        way,
        plan,
        day,
        charged: partners.ledger.charged(),
        repeats: partners.ledger.repeats(),
        mailed: partners.postbag.taken(),
        recorded,
        unsent,
    })
}

/// Starts the service, lets viewers and customers in, sends SIGTERM when two thirds of the orders
/// have ended, and waits for the service.
async fn trade(plan: Plan, way: Way, db: &Path, partners: SocketAddr) -> Result<Day, Fault> {
    let bar = ProgressBar::new(plan.orders.into()).with_style(style()).with_prefix(way.name());
    try_scope!(|s| -> Result<Day, Fault> {
        let (mut service, output) = Subprocess::start(way, db, partners, plan.seed).await?;
        let addr = service.addr;
        let log = s.spawn(Log::read(output));
        let (entering, mut entered) = mpsc::channel(1);
        let audience = viewer::audience(addr, plan.seed, entering);
        let views = s.spawn(async { Ok::<_, Fault>(audience.await) });
        // Nobody sends: this waits until all viewers are in.
        entered.recv().await;
        let (sender, mut inbox) = mpsc::channel(1);
        let pace = Arc::new(Pace::new(Duration::from_millis(110)));
        for first in 1..=CUSTOMERS {
            s.launch(customer::shop(plan, addr, Arc::clone(&pace), first, sender.clone()));
        }
        drop(sender);

        let mut endings = BTreeMap::new();
        let closing_time = (plan.orders * 2).div_ceil(3) as usize;
        let mut told = None;
        while let Some((order, ending)) = inbox.recv().await {
            // Before SIGTERM the shop has no reason to turn anybody away.
            let early = ending == Ending::Closed && told.is_none();
            endings.insert(order, if early { Ending::Broken } else { ending });
            bar.inc(1);
            if endings.len() == closing_time {
                let now = Instant::now();
                service.terminate()?;
                bar.set_message("SIGTERM");
                told = Some((now, s.spawn(goes_unhealthy(addr))));
            }
        }
        let (log, ended) = log.await;
        let exit = service.exit().await?;
        let (stopped_in, went_unhealthy) = match told {
            Some((now, health)) => (ended.duration_since(now), health.await),
            None => (Duration::ZERO, false),
        };
        let views = views.await;
        bar.finish_and_clear();
        Ok(Day { endings, views, log, exit, stopped_in, went_unhealthy })
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
    ProgressStyle::with_template("{prefix:8} {bar:40} {pos}/{len} orders {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
