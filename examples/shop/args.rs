//! `Command`: what the command line asks for.

use std::ffi::OsString;
use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::{Arg, Error, Parser, ValueExt as _};

pub(crate) const USAGE: &str =
    "shop [--seed N] [--orders N] | shop serve --db FILE [--addr ADDR] [--bank ADDR] [--seed N]";

pub(crate) const HELP: &str = "\
Without a command, shop drives itself: it starts the service as a child process, sends it
orders, ends it with SIGTERM while some are in flight, and counts what was lost.
  --seed N      decides who hangs up when, and what fails (default 1)
  --orders N    how many orders, 1 to 2000 (default 480)

shop serve runs the service alone, until SIGTERM or Ctrl-C.
  --db FILE     the SQLite file, made when it does not exist
  --addr ADDR   where to listen (default 127.0.0.1:8080)
  --bank ADDR   the bank to charge at (default: one in this process)
  --seed N      makes dependencies fail, decided by N (default: none fails)";

const MAX_ORDERS: u32 = 2000;

pub(crate) enum Command {
    Help,
    Drive(Plan),
    Serve(Options),
}

/// One run of the driver.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) orders: u32,
}

/// One run of the service.
pub(crate) struct Options {
    pub(crate) db: PathBuf,
    pub(crate) addr: SocketAddr,
    pub(crate) bank: Option<SocketAddr>,
    pub(crate) seed: Option<u64>,
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut parser = Parser::from_iter(arguments);
    let mut serve = false;
    let (mut seed, mut orders, mut db, mut addr, mut bank) = (None, None, None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Long("seed") => seed = Some(number(&mut parser, "--seed")?),
            Arg::Long("orders") if !serve => orders = Some(number(&mut parser, "--orders")?),
            Arg::Long("db") if serve => db = Some(PathBuf::from(parser.value()?)),
            Arg::Long("addr") if serve => addr = Some(number(&mut parser, "--addr")?),
            Arg::Long("bank") if serve => bank = Some(number(&mut parser, "--bank")?),
            Arg::Value(word) if word == "serve" && !serve && orders.is_none() => serve = true,
            other => return Err(other.unexpected()),
        }
    }
    if serve {
        return Ok(Command::Serve(Options {
            db: db.ok_or("`serve` needs `--db FILE`")?,
            addr: addr.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            bank,
            seed,
        }));
    }
    let orders = orders.unwrap_or(480);
    if !(1..=MAX_ORDERS).contains(&orders) {
        return Err(format!("`--orders` is 1 to {MAX_ORDERS}, found {orders}").into());
    }
    Ok(Command::Drive(Plan { seed: seed.unwrap_or(1), orders }))
}

/// Parses the value of `option`, and names the option when it cannot.
fn number<T: FromStr<Err: Display>>(parser: &mut Parser, option: &str) -> Result<T, Error> {
    let value = parser.value()?.string()?;
    value.parse().map_err(|error| format!("`{option}` cannot be `{value}`: {error}").into())
}
