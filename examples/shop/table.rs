//! `Table`: one column for each way, with the same rows.

use std::fmt;

use crate::verdict::Verdict;

/// A row's label and what stands in it.
pub(crate) struct Row {
    /// The first row of a group names it.
    pub(crate) group: &'static str,
    pub(crate) what: String,
    pub(crate) cell: String,
}

pub(crate) struct Table<'a>(pub(crate) &'a [Verdict]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<46}", "")?;
        for verdict in self.0 {
            write!(f, "{:>9}", verdict.way)?;
        }
        let columns: Vec<Vec<Row>> = self.0.iter().map(Verdict::rows).collect();
        let Some(first) = columns.first() else {
            return Ok(());
        };
        for (number, Row { group, what, .. }) in first.iter().enumerate() {
            write!(f, "\n{group:<10}{what:<36}")?;
            for row in columns.iter().filter_map(|column| column.get(number)) {
                write!(f, "{:>9}", row.cell)?;
            }
        }
        Ok(())
    }
}
