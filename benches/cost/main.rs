//! `cost ROW OWNER N [SHIFT]`: runs one row of the table of costs N times under one owner, and says
//! nothing.
//!
//! Made to be run by the bench target `table`, which takes the slope between two sizes, so that what
//! starts and ends the process does not count. A pair that does not apply exits with 2. SHIFT moves the
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
mod one_task;
mod raw;
mod tracker;

use std::process::ExitCode;

use foster_benches::command::{self, Operations};

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
        "join" | "unordered" | "buffered" => one_task::row(row, owner, n),
        _ => None,
    }
}

fn main() -> ExitCode {
    // A supervisor's shutdown cannot do without a timer.
    command::main(find, &["foster-supervisor"])
}
