//! How the cost of one more grows with the number of those that are there: children, nested scopes.

use std::fmt::Write as _;
use std::io;

use crate::meter::{Meter, Run, Unit, float};
use crate::pages::Section;

const FLAT: [u64; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const FLAT_OWNERS: [(&str, &str); 5] = [
    ("raw", "raw tokio"),
    ("joinset", "`JoinSet`"),
    ("foster-scope", "`scope!`"),
    ("foster-launch", "`launch`"),
    ("foster-supervisor", "supervisor"),
];

/// Instructions for each parked child, whatever their number: what there is without any is taken
/// off.
pub(crate) fn flat(meter: &Meter) -> io::Result<Section> {
    let run = |owner, size| Run { row: "park", owner, size, shift: 0 };
    let sizes = || [0].into_iter().chain(FLAT);
    let runs: Vec<_> =
        FLAT_OWNERS.iter().flat_map(|(owner, _)| sizes().map(|size| run(*owner, size))).collect();
    let counts = meter.all(&runs)?;
    let titles: Vec<_> = FLAT_OWNERS.iter().map(|(_, title)| *title).collect();
    let unit = unit(meter);
    let mut text = format!("| parked children, {unit} for each | {} |\n", titles.join(" | "));
    text += "|---|---|---|---|---|---|\n";
    for size in FLAT {
        write!(text, "| {size} |").expect("a string takes all");
        for (owner, _) in FLAT_OWNERS {
            let count = |size| counts.get(&run(owner, size)).copied().unwrap_or(f64::NAN);
            let each = (count(size) - count(0)) / float(size);
            write!(text, " {each:.0} |").expect("a string takes all");
        }
        text.push('\n');
    }
    Ok(Section { name: "flat", text })
}

/// A chain of scopes, each in a child of the one above: linear, when the last column does not grow.
pub(crate) fn chain(meter: &Meter) -> io::Result<Section> {
    const STEP: u64 = 1000;
    let run = |size| Run { row: "chain", owner: "foster-scope", size, shift: 0 };
    let runs: Vec<_> = (1..=10).map(|step| run(step * STEP)).collect();
    let counts = meter.all(&runs)?;
    let unit = unit(meter);
    let mut text =
        format!("| scopes, each in a child of the one above | {unit} | for each one more |\n");
    text += "|---|---|---|\n";
    let mut before = None;
    for run in runs {
        let total = counts.get(&run).copied().unwrap_or(f64::NAN);
        let more =
            before.map_or(String::new(), |before| format!("{:.0}", (total - before) / float(STEP)));
        writeln!(text, "| {} | {total:.0} | {more} |", run.size).expect("a string takes all");
        before = Some(total);
    }
    Ok(Section { name: "chain", text })
}

fn unit(meter: &Meter) -> &'static str {
    match meter.unit {
        Unit::Instructions => "instructions",
        Unit::Time => "nanoseconds",
    }
}
