//! A small shop that must not lose an order: an axum service with a `SQLite` file, and a bank.
//!
//! What it shows: fail-fast siblings (`try_scope!`), work that outlives its caller (`shield!`),
//! background and blocking children, a supervisor that owns every connection, a mailer that drains
//! its outbox, and the shutdown ladder on SIGTERM. Beside it, for comparison, two rivals without
//! foster: the usual way and the careful way to write the same service.
//!
//! ```text
//! cargo run --example shop                         drives itself; fails if an order was lost
//! cargo run --example shop -- serve --db shop.db   the service alone, with a bank of its own
//! ```
//!
//! Without a command the program is the driver: it holds the bank, the post office and the
//! customers, starts each service as a child process of its own executable, ends it with SIGTERM
//! while orders are in flight, and counts from the outside what became of them. See
//! `examples/README.md` for the output and its meaning. Unix only.

mod args;
mod bank;
mod careful;
mod checks;
mod client;
mod customer;
mod driver;
mod event;
mod fault;
mod foster;
mod live;
mod luck;
mod order;
mod pace;
mod partners;
mod payment;
mod post;
mod premises;
mod store;
mod subprocess;
mod table;
mod usual;
mod verdict;
mod viewer;
mod watch;
mod way;

use std::process::{ExitCode, Termination as _};

use crate::args::{COMMAND, Command};
use crate::fault::Fault;
use crate::way::Way;

fn main() -> ExitCode {
    match &*COMMAND {
        Err(error) => {
            eprintln!("shop: {error}; usage: {}", args::USAGE);
            ExitCode::from(2)
        }
        Ok(Command::Help) => {
            println!("usage: {}\n\n{}", args::USAGE, args::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::Drive(_) | Command::Serve(Way::Foster, _)) => owned(),
        Ok(Command::Serve(Way::Usual | Way::Careful, _)) => unowned().report(),
    }
}

/// The driver, and foster's service. The root's rungs leave more time than those of the service,
/// which gives its own report.
#[::foster::main(grace = "10s", cancel_within = "10s")]
async fn owned() -> Result<(), Fault> {
    match &*COMMAND {
        Ok(Command::Drive(plan)) => driver::drive(*plan).await,
        Ok(Command::Serve(_, options)) => foster::serve(options).await,
        _ => Ok(()),
    }
}

/// The rivals. Signals are their own business.
#[tokio::main]
async fn unowned() -> Result<(), Fault> {
    match &*COMMAND {
        Ok(Command::Serve(Way::Careful, options)) => careful::serve(options).await,
        Ok(Command::Serve(_, options)) => usual::serve(options).await,
        _ => Ok(()),
    }
}
