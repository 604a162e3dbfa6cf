//! The one table: a line for each thing measured, ratios to raw tokio by owner.

use std::fmt::Write as _;

use crate::rows::{OWNERS, Owner, RAW};

/// A row of the table: what raw costs, and what the others do.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) title: String,
    pub(crate) unit: &'static str,
    pub(crate) values: Vec<(&'static str, f64)>,
}

impl Line {
    pub(crate) fn value(&self, owner: &str) -> Option<f64> {
        self.values.iter().find(|(name, _)| *name == owner).map(|(_, value)| *value)
    }

    pub(crate) fn ratio(&self, owner: &str) -> Option<f64> {
        Some(self.value(owner)? / self.value(RAW)?)
    }

    /// A ratio, or the value itself where there is no raw to compare with.
    fn cell(&self, owner: &str) -> Option<String> {
        match self.ratio(owner) {
            Some(ratio) if owner != RAW => Some(format!("{ratio:.2}")),
            _ => self.value(owner).map(|value| self.amount(value)),
        }
    }

    fn amount(&self, value: f64) -> String {
        if self.unit.is_empty() {
            format!("{value:.0}")
        } else {
            format!("{value:.0} {}", self.unit)
        }
    }
}

/// Writes the lines as a table in Markdown. The owners without a column share the last one.
pub(crate) fn markdown(lines: &[Line]) -> String {
    let (columns, others): (Vec<&Owner>, Vec<&Owner>) =
        OWNERS.iter().partition(|owner| owner.has_column);
    let titles: Vec<_> = columns.iter().map(|owner| owner.title).collect();
    let mut text = format!("| | {} | others |\n", titles.join(" | "));
    text += &"|---".repeat(columns.len() + 2);
    text += "|\n";
    for line in lines {
        write!(text, "| {} |", line.title).expect("a string takes all");
        for owner in &columns {
            let cell = line.cell(owner.name).unwrap_or_else(|| "-".to_owned());
            write!(text, " {cell} |").expect("a string takes all");
        }
        let others = others.iter().filter_map(|owner| {
            line.cell(owner.name).map(|cell| format!("{} {cell}", owner.title))
        });
        let others = others.collect::<Vec<_>>().join(", ");
        writeln!(text, " {} |", if others.is_empty() { "-" } else { &others })
            .expect("a string takes all");
    }
    text
}

/// Reads back a table of another program: the rows below the heading that begins so.
pub(crate) fn rows<'a>(text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(heading));
    let below = lines.by_ref().skip(2).take_while(|line| line.starts_with('|'));
    below.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}
