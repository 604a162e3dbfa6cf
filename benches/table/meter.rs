//! Runs the programs: under callgrind where valgrind is there, else against the clock.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::rows::{OWNERS, Owner, RAW, Row};

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Instructions,
    /// Nanoseconds of wall time: the least of some runs, of which each is longer.
    Time,
}

/// Times instead of instructions: so many runs of so many times the size.
const RUNS: usize = 5;
const LONGER: u64 = 50;

#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) unit: Unit,
    cost: PathBuf,
    peers: Option<PathBuf>,
}

/// One run of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) row: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) size: u64,
    /// How far the heap is moved, in 16 bytes.
    pub(crate) shift: u64,
}

/// What each operation costs, by row and owner.
pub(crate) type Costs = HashMap<(&'static str, &'static str), f64>;

impl Meter {
    pub(crate) fn new(peers: Option<PathBuf>) -> Self {
        let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
        let unit = if valgrind.is_ok() { Unit::Instructions } else { Unit::Time };
        Self { unit, cost: PathBuf::from(env!("CARGO_BIN_EXE_cost")), peers }
    }

    /// The owners whose programs are there.
    pub(crate) fn owners(&self) -> impl Iterator<Item = &'static Owner> + '_ {
        OWNERS.iter().filter(|owner| !owner.is_peer || self.peers.is_some())
    }

    /// The cost of one operation of each pair that exists: the slope between two sizes, over so
    /// many places for the heap to begin.
    pub(crate) fn slopes(&self, pairs: &[(Row, &'static str)], shifts: u64) -> io::Result<Costs> {
        let shifts = if self.unit == Unit::Time { 1 } else { shifts };
        let scale = if self.unit == Unit::Time { LONGER } else { 1 };
        let run = |row: &Row, owner, size: u64, shift| Run {
            row: row.name,
            owner,
            size: size * scale,
            shift,
        };
        let mut runs = Vec::new();
        for (row, owner) in pairs {
            for size in row.sizes {
                runs.extend((0..shifts).map(|shift| run(row, owner, size, shift)));
            }
        }
        let counts = self.all(&runs)?;
        let mut costs = Costs::new();
        for (row, owner) in pairs {
            let total = |size| -> Option<f64> {
                (0..shifts).map(|shift| counts.get(&run(row, owner, size, shift)).copied()).sum()
            };
            let [small, large] = row.sizes;
            if let (Some(low), Some(high)) = (total(small), total(large)) {
                let operations = (large - small) * row.each * shifts * scale;
                costs.insert((row.name, *owner), (high - low) / float(operations));
            }
        }
        Ok(costs)
    }

    /// Each run's count, without those of pairs that do not exist. Callgrind's do not depend on what
    /// else the machine does, so all its cores are used.
    pub(crate) fn all(&self, runs: &[Run]) -> io::Result<HashMap<Run, f64>> {
        let (next, counts) = (AtomicUsize::new(0), Mutex::new(Ok(HashMap::new())));
        let work = || {
            // Ordering: Relaxed: each index is given away once, and nothing else hangs on it.
            while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let count = self.count(*run);
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                match (&mut *counts, count) {
                    (Ok(counts), Ok(Some(count))) => drop(counts.insert(*run, count)),
                    (Ok(_), Ok(None)) => {}
                    (_, Err(error)) => *counts = Err(error),
                    (Err(_), _) => return,
                }
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = if self.unit == Unit::Time { 1 } else { cores };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when the pair of row and owner does not exist.
    fn count(&self, run: Run) -> io::Result<Option<f64>> {
        let is_peer = OWNERS.iter().any(|owner| owner.name == run.owner && owner.is_peer);
        let Some(program) = (if is_peer { self.peers.as_deref() } else { Some(&*self.cost) })
        else {
            return Ok(None);
        };
        match self.unit {
            Unit::Instructions => instructions(program, run),
            Unit::Time => time(program, run),
        }
    }

    /// Whether there is something to take a ratio to.
    pub(crate) fn raw(costs: &Costs, row: &'static str) -> Option<f64> {
        costs.get(&(row, RAW)).copied()
    }
}

fn arguments(run: Run) -> [String; 4] {
    [run.row.into(), run.owner.into(), run.size.to_string(), run.shift.to_string()]
}

fn instructions(program: &Path, run: Run) -> io::Result<Option<f64>> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let done = command.args(arguments(run)).output()?;
    if done.status.code() == Some(2) {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : ")?.1.parse().ok());
    match count {
        Some(count) if done.status.success() => Ok(Some(count)),
        _ => Err(failed(run, &done)),
    }
}

fn time(program: &Path, run: Run) -> io::Result<Option<f64>> {
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        let done = Command::new(program).args(arguments(run)).output()?;
        least = least.min(start.elapsed().as_secs_f64() * 1e9);
        match done.status.code() {
            Some(0) => {}
            Some(2) => return Ok(None),
            _ => return Err(failed(run, &done)),
        }
    }
    Ok(Some(least))
}

fn failed(run: Run, done: &Output) -> io::Error {
    io::Error::other(format!("{run:?}: {}", String::from_utf8_lossy(&done.stderr)))
}

/// A count as a number to reckon with; all of them are far below 2^53.
pub(crate) fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
