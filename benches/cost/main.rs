//! `cost ROW OWNER N [SHIFT]`: runs one row of the table of costs N times under one owner, and says
//! nothing.
//!
//! Made to be run by `callgrind.py`, which takes the slope between two sizes, so that what starts
//! and ends the process does not count. A pair that does not apply exits with 2. SHIFT moves the
//! heap by that many times 16 bytes: how much glibc has to do for tokio's 128-byte alignment
//! depends on where it begins.

#![forbid(unsafe_code)]

mod chain;
mod foster_attempt;
mod foster_launch;
mod foster_scope;
mod foster_supervisor;
mod foster_try;
mod join_set;
mod raw;
mod tracker;

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

/// N operations, not started yet.
type Operations = Pin<Box<dyn Future<Output = ()>>>;

fn find(row: &str, owner: &str, n: usize) -> Option<Operations> {
    match owner {
        "raw" => raw::row(row, n),
        "joinset" => join_set::row(row, n),
        "tracker" => tracker::row(row, n),
        "foster-scope" => foster_scope::row(row, n),
        "foster-try" => foster_try::row(row, n),
        "foster-launch" => foster_launch::row(row, n),
        "foster-supervisor" => foster_supervisor::row(row, n),
        "foster-attempt" => foster_attempt::row(row, n),
        _ => None,
    }
}

/// A runtime without timer and I/O driver: each adds its own turn to every park, which would
/// flatter the ratio. A supervisor's shutdown cannot do without a timer.
fn runtime(owner: &str) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    if owner == "foster-supervisor" {
        builder.enable_time();
    }
    builder.build()
}

/// The command line, or what is wrong with it.
fn run(arguments: &[String]) -> Result<(), String> {
    let (row, owner, n, shift) = match arguments {
        [row, owner, n] => (row, owner, n, "0"),
        [row, owner, n, shift] => (row, owner, n, shift.as_str()),
        _ => return Err("usage: cost ROW OWNER N [SHIFT]".to_owned()),
    };
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
    let operations = find(row, owner, number(n)?);
    let operations = operations.ok_or_else(|| format!("`{row}` does not apply to `{owner}`"))?;
    let _shift = black_box(vec![0u8; 16 * number(shift)? + 1]);
    runtime(owner).map_err(|error| format!("no runtime: {error}"))?.block_on(operations);
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}
