//! `Event`: one line that the service writes to its standard output and the driver reads.

use std::fmt;
use std::io::{self, Write as _};
use std::net::SocketAddr;

#[derive(Debug)]
pub(crate) enum Event {
    Listening(SocketAddr),
    /// A handler was dropped before the charge had been started: nothing happened to the order.
    DroppedBefore(u32),
    /// A handler was dropped after the charge had been started: only the shield can finish it.
    DroppedAfter(u32),
    /// A task of the service failed, and nobody else was there to hear it.
    Failure(String),
    Report(String),
    Living(usize),
}

const LISTENING: &str = "listening on ";
const DROPPED_BEFORE: &str = "dropped before the charge: order ";
const DROPPED_AFTER: &str = "dropped after the charge: order ";
const FAILURE: &str = "failure: ";
const REPORT: &str = "report: ";
const LIVING: &str = "living tasks: ";

impl Event {
    /// Writes the line at once. A reader that has gone away is no reason to stop the shop.
    pub(crate) fn emit(&self) {
        writeln!(io::stdout().lock(), "{self}").ok();
    }

    /// Reads a line back; `None` for anything that `emit` does not write.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        if let Some(addr) = line.strip_prefix(LISTENING) {
            return addr.parse().ok().map(Self::Listening);
        }
        if let Some(order) = line.strip_prefix(DROPPED_BEFORE) {
            return order.parse().ok().map(Self::DroppedBefore);
        }
        if let Some(order) = line.strip_prefix(DROPPED_AFTER) {
            return order.parse().ok().map(Self::DroppedAfter);
        }
        if let Some(failure) = line.strip_prefix(FAILURE) {
            return Some(Self::Failure(failure.to_owned()));
        }
        if let Some(report) = line.strip_prefix(REPORT) {
            return Some(Self::Report(report.to_owned()));
        }
        line.strip_prefix(LIVING)?.parse().ok().map(Self::Living)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening(addr) => write!(f, "{LISTENING}{addr}"),
            Self::DroppedBefore(order) => write!(f, "{DROPPED_BEFORE}{order}"),
            Self::DroppedAfter(order) => write!(f, "{DROPPED_AFTER}{order}"),
            Self::Failure(failure) => write!(f, "{FAILURE}{failure}"),
            Self::Report(report) => write!(f, "{REPORT}{report}"),
            Self::Living(tasks) => write!(f, "{LIVING}{tasks}"),
        }
    }
}
