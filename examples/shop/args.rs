//! `Command`: what the command line asks for.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::LazyLock;

use lexopt::{Arg, Error, Parser, ValueExt as _};

use crate::way::Way;

/// Read once: an entry point takes no arguments, and there are two.
pub(crate) static COMMAND: LazyLock<Result<Command, Error>> =
    LazyLock::new(|| parse(env::args_os()));

pub(crate) const USAGE: &str = "shop [--seed N] [--orders N] [--way WAY] | \
    shop serve --db FILE [--way WAY] [--addr ADDR] [--partners ADDR] [--seed N]";

pub(crate) const HELP: &str = "\
Without a command, shop drives itself: it starts the service as a child process, sends it
orders, ends it with SIGTERM while some are in flight, and counts what was lost. It does so for
the service written in three ways, one after the other, and fails if foster's lost anything.
  --seed N         decides who hangs up when, and what fails (default 1)
  --orders N       how many orders, 1 to 2000 (default 480)
  --way WAY        only this way: foster, usual or careful (default: all three)

shop serve runs the service alone, until SIGTERM or Ctrl-C.
  --db FILE        the SQLite file, made when it does not exist
  --way WAY        foster, usual or careful (default foster)
  --addr ADDR      where to listen (default 127.0.0.1:8080)
  --partners ADDR  the bank to charge at, which is the post office, too (default: one in
                   this process)
  --seed N         makes dependencies fail, decided by N (default: none fails)";

const MAX_ORDERS: u32 = 2000;

pub(crate) enum Command {
    Help,
    Drive(Plan),
    Serve(Way, Options),
}

/// One run of the driver.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) orders: u32,
    /// `None` for all of them.
    pub(crate) way: Option<Way>,
}

/// One run of the service.
pub(crate) struct Options {
    pub(crate) db: PathBuf,
    pub(crate) addr: SocketAddr,
    pub(crate) partners: Option<SocketAddr>,
    pub(crate) seed: Option<u64>,
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut parser = Parser::from_iter(arguments);
    let mut serve = false;
    let (mut seed, mut way, mut orders) = (None, None, None);
    let (mut db, mut addr, mut partners) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Long("seed") => seed = Some(value(&mut parser, "--seed")?),
            Arg::Long("way") => way = Some(value(&mut parser, "--way")?),
            Arg::Long("orders") if !serve => orders = Some(value(&mut parser, "--orders")?),
            Arg::Long("db") if serve => db = Some(PathBuf::from(parser.value()?)),
            Arg::Long("addr") if serve => addr = Some(value(&mut parser, "--addr")?),
            Arg::Long("partners") if serve => partners = Some(value(&mut parser, "--partners")?),
            Arg::Value(word) if word == "serve" && !serve && orders.is_none() => serve = true,
            other => return Err(other.unexpected()),
        }
    }
    if serve {
        let options = Options {
            db: db.ok_or("`serve` needs `--db FILE`")?,
            addr: addr.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            partners,
            seed,
        };
        return Ok(Command::Serve(way.unwrap_or(Way::Foster), options));
    }
    let orders = orders.unwrap_or(480);
    if !(1..=MAX_ORDERS).contains(&orders) {
        return Err(format!("`--orders` is 1 to {MAX_ORDERS}, found {orders}").into());
    }
    Ok(Command::Drive(Plan { seed: seed.unwrap_or(1), orders, way }))
}

/// Parses the value of `option`, and names the option when it cannot.
fn value<T: FromStr<Err: Display>>(parser: &mut Parser, option: &str) -> Result<T, Error> {
    let value = parser.value()?.string()?;
    value.parse().map_err(|error| format!("`{option}` cannot be `{value}`: {error}").into())
}
