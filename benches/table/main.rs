//! `cargo bench -p foster-benches`: one table of what foster and its peers cost, as ratios to raw
//! tokio, and one picture of it.
//!
//! Usage, after `--`:
//!
//! - no argument: instructions, bytes, and 100 000 sleepers; some minutes.
//! - `--long`: all there is. Or name what to measure: `instructions`, `peers` (the instructions of
//!   four more crates, which are built for it), `bytes`, `sleepers`, `two-threads`, `flat`, `chain`.
//! - `--rows A,B`, `--owners A,B`, `--shifts 1..8`: less, or more exactly, of the instructions.
//! - `--write`: puts what was measured into the pages that quote it.
//! - `--check`, `--update`: compares instructions with `counts.txt` (all, or those of `--rows`), or
//!   writes that file.

#![forbid(unsafe_code)]

mod guard;
mod meter;
mod options;
mod pages;
mod picture;
mod programs;
mod rows;
mod scaling;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use meter::{Meter, Unit};
use options::{Options, Task};
use pages::Section;
use table::Line;

fn main() -> ExitCode {
    let ran = options::parse(std::env::args().skip(1))
        .and_then(|options| run(&options).map_err(|error| error.to_string()));
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// `false` when the guard found a row that costs more than it may.
fn run(options: &Options) -> io::Result<bool> {
    let meter = Meter::new(if options.measures("peers") { programs::peers()? } else { None });
    match options.task {
        Task::Check => return guard::check(&meter, &options.rows),
        Task::Update => return guard::update(&meter).map(|()| true),
        Task::Measure => {}
    }
    let (mut lines, mut sections) = (Vec::new(), Vec::new());
    if options.measures("instructions") || options.measures("peers") {
        lines.extend(operations(&meter, options)?);
    }
    if options.measures("bytes") {
        programs::bytes(&mut lines, &mut sections)?;
    }
    if options.measures("sleepers") {
        programs::sleepers(options.is_long, &mut lines, &mut sections)?;
    }
    if options.measures("two-threads") {
        programs::two_threads(&mut lines, &mut sections)?;
    }
    if options.measures("flat") {
        sections.push(scaling::flat(&meter)?);
    }
    if options.measures("chain") {
        sections.push(scaling::chain(&meter)?);
    }
    let shown = sections.iter().filter(|section| options.names(section.name));
    shown.for_each(|section| println!("{}\n", section.text.trim_end()));
    report(&lines, sections, options, meter.unit)?;
    Ok(true)
}

/// The rows of `cost`, and of `peers` where it is there.
fn operations(meter: &Meter, options: &Options) -> io::Result<Vec<Line>> {
    let chosen = |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
    let rows = rows::ROWS.iter().filter(|row| chosen(&options.rows, row.name));
    let rows: Vec<_> = rows.copied().collect();
    let owners: Vec<_> = meter
        .owners()
        .map(|owner| owner.name)
        .filter(|name| *name == rows::RAW || chosen(&options.owners, name))
        .collect();
    let pairs: Vec<_> =
        rows.iter().flat_map(|row| owners.iter().map(|owner| (*row, *owner))).collect();
    let costs = meter.slopes(&pairs, options.shifts)?;
    let unit = if meter.unit == Unit::Time { "ns" } else { "" };
    let line = |row: &rows::Row| {
        let value = |owner: &&'static str| Some((*owner, *costs.get(&(row.name, *owner))?));
        Line {
            title: row.title.to_owned(),
            unit,
            values: owners.iter().filter_map(value).collect(),
        }
    };
    Ok(rows.iter().map(line).collect())
}

/// Prints the table, draws the picture, and writes both into the pages if that is asked for.
fn report(
    lines: &[Line],
    mut sections: Vec<Section>,
    options: &Options,
    unit: Unit,
) -> io::Result<()> {
    let mut picture = None;
    if !lines.is_empty() {
        let table = table::markdown(lines);
        let title = match unit {
            Unit::Instructions => "Cost of raw tokio = 1: instructions, and time where it says so",
            Unit::Time => "Cost of raw tokio = 1: wall time, as valgrind is not there",
        };
        println!("{title}\n\n{table}");
        let svg = picture::svg(title, lines);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("performance.svg");
        fs::write(&path, &svg)?;
        println!("The picture: {}", path.display());
        picture = Some(svg);
        sections.extend(figures(lines).map(|text| Section { name: "figures", text }));
        sections.push(Section { name: "table", text: table });
    }
    if !options.writes {
        return Ok(());
    }
    // A table of some rows only would replace the whole one.
    let is_whole = options.rows.is_empty() && options.owners.is_empty();
    let has_all = is_whole && unit == Unit::Instructions && options.measures_the_table();
    sections.retain(|section| has_all || !["table", "figures"].contains(&section.name));
    pages::write(&sections, picture.as_deref().filter(|_| has_all))
}

/// The three figures of the front page.
fn figures(lines: &[Line]) -> Option<String> {
    let line = |title: &str| lines.iter().find(|line| line.title.starts_with(title));
    let (spawn, request) = (line("spawn, ready")?, line("request: scope")?);
    let (bytes, ratio) = (line("bytes per parked child")?, Line::ratio);
    Some(format!(
        "- A child that is launched and ends: {:.2} times a bare `tokio::spawn` that is joined, {:.2} \
         with a handle (`JoinSet`: {:.2}).\n\
         - A request of three children whose values are awaited: {:.2} times (`JoinSet`: {:.2}).\n\
         - A child that waits: {:.0} bytes, {:.0} with a handle (`JoinSet`: {:.0}, raw: {:.0}).\n",
        ratio(spawn, "foster-launch")?,
        ratio(spawn, "foster-scope")?,
        ratio(spawn, "joinset")?,
        ratio(request, "foster-scope")?,
        ratio(request, "joinset")?,
        bytes.value("foster-launch")?,
        bytes.value("foster-scope")?,
        bytes.value("joinset")?,
        bytes.value(rows::RAW)?,
    ))
}
