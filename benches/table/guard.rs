//! The guard: no row may cost more than what is committed, within 2 %.
//!
//! `counts.txt` holds instructions per operation. What is compared is foster's excess over raw: the
//! committed count, moved by as much as raw tokio has moved since. Allocator, memcpy and tokio's own
//! code cost both sides the same, so another libc or valgrind shifts both alike. A ratio would be
//! scaled by such a shift, most for the rows whose ratio is large; a bare count would keep all of it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use crate::meter::{Costs, Meter, Unit};
use crate::rows::{RAW, ROWS, Row};

/// How much more than what is committed is let pass.
const TOLERANCE: f64 = 0.02;

/// Each count is a mean over all the places for the heap to begin that glibc tells apart.
const SHIFTS: u64 = 8;

const HEAD: &str = "\
# Instructions per operation. Written by `cargo bench -p foster-benches -- --update`, looked at by
# `cargo bench -p foster-benches -- --check`, which compares what each row costs above raw.
";

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "counts.txt"].iter().collect()
}

/// Writes what is measured now.
pub(crate) fn update(meter: &Meter) -> io::Result<()> {
    let costs = measured(meter, &[])?;
    let mut text = format!("{HEAD}# {}\n", tools());
    for (row, owner) in pairs(&[]) {
        if let Some(count) = costs.get(&(row.name, owner)) {
            writeln!(text, "{} {owner} {count:.0}", row.name).expect("a string takes all");
        }
    }
    fs::write(path(), text)
}

/// Compares what is measured now with what is committed, for these rows or for all; `false` when a
/// row costs more.
pub(crate) fn check(meter: &Meter, only: &[String]) -> io::Result<bool> {
    let text = fs::read_to_string(path())?;
    let pinned = text.lines().filter_map(|line| line.strip_prefix("# ")).next_back();
    if pinned != Some(&*tools()) {
        println!("committed with {}\nmeasured with  {}", pinned.unwrap_or("nothing"), tools());
    }
    let committed = |row: &str, owner: &str| -> Option<f64> {
        text.lines().find_map(|line| line.strip_prefix(&format!("{row} {owner} "))?.parse().ok())
    };
    let costs = measured(meter, only)?;
    let mut passes = true;
    for (row, owner) in pairs(only).into_iter().filter(|(_, owner)| *owner != RAW) {
        let Some(now) = costs.get(&(row.name, owner)).copied() else {
            return Err(io::Error::other(format!("`{}` does not apply to {owner}", row.name)));
        };
        let (raw, raw_before) = (Meter::raw(&costs, row.name), committed(row.name, RAW));
        let moved = raw.zip(raw_before).map_or(0.0, |(raw, before)| raw - before);
        let allowed = committed(row.name, owner).map(|count| count + moved);
        let verdict = match allowed {
            None => "FAILED: not in counts.txt",
            Some(allowed) if now > allowed * (1.0 + TOLERANCE) => "FAILED: costs more",
            Some(allowed) if now < allowed * (1.0 - TOLERANCE) => "cheaper: commit an update",
            Some(_) => "as committed",
        };
        passes &= !verdict.starts_with("FAILED");
        let allowed = allowed.unwrap_or_default();
        let more = (now / allowed - 1.0) * 100.0;
        println!("{:10} {owner:18} {allowed:7.0} {now:7.0} {more:+6.1} %  {verdict}", row.name);
    }
    Ok(passes)
}

/// What is guarded of these rows, or of all, with raw where there is one.
fn pairs(only: &[String]) -> Vec<(Row, &'static str)> {
    let chosen = |row: &&Row| only.is_empty() || only.iter().any(|name| name == row.name);
    let guarded = ROWS.iter().filter(|row| !row.guarded.is_empty()).filter(chosen);
    let pairs = guarded.flat_map(|row| {
        [RAW].into_iter().chain(row.guarded.iter().copied()).map(|owner| (*row, owner))
    });
    pairs.collect()
}

fn measured(meter: &Meter, only: &[String]) -> io::Result<Costs> {
    if meter.unit == Unit::Time {
        return Err(io::Error::other("the guard counts instructions, and valgrind is not there"));
    }
    meter.slopes(&pairs(only), SHIFTS)
}

/// What the counts depend on besides the code and `Cargo.lock`.
fn tools() -> String {
    let says = |program: &str, argument: &str| {
        let said = Command::new(program).arg(argument).output();
        let said = said.map(|done| String::from_utf8_lossy(&done.stdout).into_owned());
        let first = said.ok().and_then(|said| said.lines().next().map(str::to_owned));
        first.unwrap_or_else(|| format!("no {program}"))
    };
    [says("rustc", "--version"), says("ldd", "--version"), says("valgrind", "--version")].join(", ")
}
