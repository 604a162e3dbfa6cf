//! `sleepers ENDING OWNER N`: starts N tasks that sleep for an hour, ends them, and prints
//! nanoseconds, the highest resident memory and the one that is kept, both in KiB and without what
//! the process had before.
//!
//! One case for each process, as the highest memory is the process's. `sleepers.py` does the same
//! under asyncio and trio.

#![forbid(unsafe_code)]

mod owners;

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How the sleepers end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Not: they sleep on while memory is looked at.
    None,
    /// Each is cancelled and waited for, and then the next.
    OneByOne,
    /// All are cancelled, and then waited for.
    All,
    /// Nobody cancels them: their owner ends, and then the runtime.
    Left,
}

/// What a sleeper does.
async fn sleeper() {
    tokio::time::sleep(Duration::from_hours(1)).await;
}

/// When it began, and what was resident then.
#[derive(Clone, Copy, Debug)]
struct Clock {
    start: Instant,
    before: u64,
}

impl Clock {
    fn start() -> Self {
        Self { before: kib("VmRSS:"), start: Instant::now() }
    }

    /// Prints what has come to pass, and ends the process without destructors: some sleep still.
    fn stop(self) -> ! {
        let elapsed = self.start.elapsed().as_nanos();
        let held = |line| kib(line).saturating_sub(self.before);
        println!("{elapsed} {} {}", held("VmHWM:"), held("VmRSS:"));
        std::process::exit(0)
    }
}

fn run(ending: &str, owner: &str, n: usize) -> Result<(), String> {
    let ending = match ending {
        "none" => Ending::None,
        "one-by-one" => Ending::OneByOne,
        "all" => Ending::All,
        "left" => Ending::Left,
        _ => return Err(format!("`{ending}` is no ending")),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    let clock = Clock::start();
    let operation = owners::find(ending, owner, n, clock);
    runtime.block_on(operation.ok_or_else(|| format!("`{owner}` has no such ending"))?);
    drop(runtime);
    clock.stop()
}

/// A line of the process's status; 0 where there is none.
fn kib(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value =
        status.lines().find_map(|found| found.strip_prefix(line)?.split_whitespace().next());
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ran = match arguments.as_slice() {
        [ending, owner, n] => match n.parse() {
            Ok(n) => run(ending, owner, n),
            Err(_) => Err(format!("`{n}` is not a number")),
        },
        _ => Err("usage: sleepers none|one-by-one|all|left OWNER N".to_owned()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}
