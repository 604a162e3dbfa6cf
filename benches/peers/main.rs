//! `peers ROW OWNER N [SHIFT]`: as `cost`, for crates whose dependencies nothing else here needs.
//!
//! Each crate has the rows that it can express, with what a user of it would write.

#![forbid(unsafe_code)]

mod moro;
mod subsystems;
mod task_group;
mod zksync;

use std::process::ExitCode;

use foster_benches::command::{self, Operations};

fn find(row: &str, owner: &str, n: usize) -> Option<Operations> {
    match owner {
        "moro" => moro::row(row, n),
        "subsystems" => subsystems::row(row, n),
        "task-group" => task_group::row(row, n),
        "zksync" => zksync::row(row, n),
        _ => None,
    }
}

fn main() -> ExitCode {
    // What these three end their tasks by has a time limit.
    command::main(find, &["subsystems", "task-group", "zksync"])
}
