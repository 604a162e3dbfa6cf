//! A small shop that must not lose an order: an axum service with a `SQLite` file, and a bank.
//!
//! What it shows: fail-fast siblings (`try_scope!`), work that outlives its caller (`shield!`),
//! blocking children, a supervisor that owns every connection, and the shutdown ladder on SIGTERM.
//!
//! ```text
//! cargo run --example shop                         drives itself; fails if an order was lost
//! cargo run --example shop -- serve --db shop.db   the service alone, with a bank of its own
//! ```
//!
//! Without a command the program is the driver: it holds the bank and the customers, starts the
//! service as a child process of its own executable, ends it with SIGTERM while orders are in
//! flight, and counts from the outside what became of them. See `examples/README.md` for the
//! output and its meaning. Unix only.

mod args;
mod bank;
mod checks;
mod client;
mod customer;
mod driver;
mod event;
mod fault;
mod luck;
mod orders;
mod pace;
mod payment;
mod server;
mod service;
mod store;
mod subprocess;
mod verdict;
mod watch;

use std::{env, process};

use crate::args::Command;
use crate::fault::Fault;

/// The root's rungs leave more time than those of the service, which gives its own report.
#[foster::main(grace = "10s", cancel_within = "10s")]
async fn main() -> Result<(), Fault> {
    let command = match args::parse(env::args_os()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("shop: {error}; usage: {}", args::USAGE);
            // Nothing has been started yet, so nothing is left behind.
            process::exit(2);
        }
    };
    match command {
        Command::Help => {
            println!("usage: {}\n\n{}", args::USAGE, args::HELP);
            Ok(())
        }
        Command::Drive(plan) => driver::drive(plan).await,
        Command::Serve(options) => service::serve(options).await,
    }
}
