//! The other programs: what they print, as sections of the pages and as lines of the one table.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::meter::float;
use crate::pages::Section;
use crate::rows::{OWNERS, RAW, owner_of};
use crate::table::{Line, rows};

/// Builds the peers, which bring many crates, and returns the program; `None` when that fails.
pub(crate) fn peers() -> io::Result<Option<PathBuf>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers");
    let manifest: PathBuf = [env!("CARGO_MANIFEST_DIR"), "peers", "Cargo.toml"].iter().collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--profile", "bench", "--locked", "--manifest-path"]).arg(manifest);
    let built = cargo.arg("--target-dir").arg(&target).status()?.success();
    if !built {
        eprintln!("the peers do not build: they are left out");
    }
    Ok(built.then(|| target.join("release").join("peers")))
}

fn output(program: &str, arguments: &[&str]) -> io::Result<Option<String>> {
    let done = Command::new(program).args(arguments).output()?;
    match done.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&done.stdout).into_owned())),
        Some(2) => Ok(None), // a pair that does not exist
        _ => Err(io::Error::other(format!(
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        ))),
    }
}

pub(crate) fn bytes(lines: &mut Vec<Line>, sections: &mut Vec<Section>) -> io::Result<()> {
    let text = output(env!("CARGO_BIN_EXE_bytes"), &[])?.unwrap_or_default();
    let titles =
        ["bytes per parked child, a future of 1 byte", "bytes per parked child, of 16 bytes"];
    for (column, title) in titles.into_iter().enumerate() {
        let value = |row: Vec<&str>| Some((owner_of(row[0])?, row[column + 1].parse().ok()?));
        let values =
            rows(&text, "| bytes per parked child").into_iter().filter_map(value).collect();
        lines.push(Line { title: title.to_owned(), unit: "B", values });
    }
    sections.push(Section { name: "bytes", text });
    Ok(())
}

pub(crate) fn two_threads(lines: &mut Vec<Line>, sections: &mut Vec<Section>) -> io::Result<()> {
    let text = output(env!("CARGO_BIN_EXE_two-threads"), &[])?.unwrap_or_default();
    for heading in text.lines().filter(|line| line.starts_with("| children")) {
        let what = heading.trim_start_matches("| ").split(" | ").next().unwrap_or_default();
        let found = rows(&text, heading);
        let raw = found.first().and_then(|row| row[1].strip_suffix(" ms")?.parse::<f64>().ok());
        // The ratios are medians of rounds, and not ratios of these times.
        let value = |row: Vec<&str>| {
            let ratio: f64 = row[2].strip_suffix('x')?.parse().ok()?;
            Some((owner_of(row[0])?, ratio * raw?))
        };
        let values = found.into_iter().filter_map(value).collect();
        lines.push(Line { title: format!("two threads, {what}: time"), unit: "ms", values });
    }
    sections.push(Section { name: "two-threads", text });
    Ok(())
}

const ENDINGS: [(&str, &str); 4] = [
    ("none", "asleep"),
    ("one-by-one", "cancelled one by one"),
    ("all", "cancelled at once"),
    ("left", "left to the end"),
];

/// The least time of so many runs.
const RUNS: usize = 3;

/// What each of many sleepers took.
#[derive(Clone, Copy, Debug)]
struct Slept {
    nanoseconds: f64,
    peak: f64,
    kept: f64,
}

/// 100 000 sleepers; or that, a million, and Python's beside them.
pub(crate) fn sleepers(
    is_long: bool,
    lines: &mut Vec<Line>,
    sections: &mut Vec<Section>,
) -> io::Result<()> {
    let mut text = String::new();
    let sizes: &[u64] = if is_long { &[100_000, 1_000_000] } else { &[100_000] };
    for &n in sizes {
        for (ending, what) in ENDINGS {
            let mut found = Vec::new();
            for owner in OWNERS.iter().filter(|owner| !owner.is_peer) {
                let is_python = ["asyncio", "trio"].contains(&owner.name);
                let runs = if n > 100_000 || is_python { 1 } else { RUNS };
                if !is_python || is_long {
                    let slept = slept(ending, owner.name, n, is_python, runs)?;
                    found.extend(slept.map(|slept| (owner.name, owner.title, slept)));
                }
            }
            section(&mut text, &format!("{n} sleepers, {what}"), &found);
            let mut line = |what: String, unit, value: fn(&Slept) -> f64| {
                let values = found.iter().map(|(name, _, slept)| (*name, value(slept))).collect();
                lines.push(Line { title: what, unit, values });
            };
            line(format!("{n} sleepers, {what}: time each"), "ns", |slept| slept.nanoseconds);
            if ending == "none" {
                line(format!("{n} sleepers: resident, each"), "B", |slept| slept.peak);
            }
        }
    }
    sections.push(Section { name: "sleepers", text });
    Ok(())
}

fn section(text: &mut String, title: &str, found: &[(&str, &str, Slept)]) {
    writeln!(text, "| {title} | time each | to raw | peak bytes each | kept bytes each |")
        .expect("a string takes all");
    text.push_str("|---|---|---|---|---|\n");
    let raw = found.iter().find(|(name, ..)| *name == RAW).map_or(f64::NAN, |f| f.2.nanoseconds);
    for (_, title, Slept { nanoseconds, peak, kept }) in found {
        let ratio = nanoseconds / raw;
        writeln!(text, "| {title} | {nanoseconds:.0} ns | {ratio:.2}x | {peak:.0} | {kept:.0} |")
            .expect("a string takes all");
    }
    text.push('\n');
}

/// The run that took least; `None` where the owner has no such ending, or Python is not there.
fn slept(
    ending: &str,
    owner: &str,
    n: u64,
    is_python: bool,
    runs: usize,
) -> io::Result<Option<Slept>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/sleepers.py");
    let size = n.to_string();
    let mut least: Option<Slept> = None;
    for _ in 0..runs {
        let said = if is_python {
            match output("python3", &[script, ending, owner, &size]) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    eprintln!("no python3: {owner} is left out");
                    None
                }
                said => said?,
            }
        } else {
            output(env!("CARGO_BIN_EXE_sleepers"), &[ending, owner, &size])?
        };
        let Some(said) = said else { return Ok(None) };
        let numbers: Vec<f64> =
            said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [nanoseconds, peak, kept] = numbers[..] else {
            return Err(io::Error::other(format!("sleepers {ending} {owner}: {said}")));
        };
        let each = |total: f64| total / float(n);
        let slept = Slept {
            nanoseconds: each(nanoseconds),
            peak: each(peak * 1024.0),
            kept: each(kept * 1024.0),
        };
        if least.is_none_or(|least| slept.nanoseconds < least.nanoseconds) {
            least = Some(slept);
        }
    }
    Ok(least)
}
