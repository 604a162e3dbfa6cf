//! `Verdict`: what became of the orders, counted from the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::args::Plan;
use crate::customer::Ending;
use crate::driver::Day;
use crate::fault::Fault;

pub(crate) struct Verdict {
    pub(crate) plan: Plan,
    pub(crate) day: Day,
    /// From the bank's ledger: how often each order was charged.
    pub(crate) charged: BTreeMap<u32, usize>,
    /// From the ledger: how many requests found their charge already made.
    pub(crate) repeats: usize,
    /// From the database file: the orders that are written with their payment.
    pub(crate) recorded: BTreeSet<u32>,
}

impl Verdict {
    /// Names every promise that was broken.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let log = &self.day.log;
        let enough = self.enough();
        let promises = [
            (self.charged_unrecorded() == 0, "an order was charged but not recorded"),
            (self.acknowledged_unrecorded() == 0, "an order was acknowledged but not recorded"),
            (self.recorded_uncharged() == 0, "an order was recorded but not charged"),
            (self.charged_twice() == 0, "an order was charged twice"),
            (self.count(Ending::Broken) == 0, "a customer got no proper answer"),
            (log.living == Some(0), "the service left tasks"),
            (self.day.exit.success(), "the service did not end with success"),
            (self.day.went_unhealthy, "/health did not say 503 after SIGTERM"),
            (
                self.count(Ending::Acknowledged) >= enough,
                "too few orders were acknowledged to tell",
            ),
            (
                log.dropped_before.len() >= enough,
                "too few handlers were dropped before the charge to tell",
            ),
            (
                log.dropped_after.len() >= enough,
                "too few handlers were dropped after the charge to tell",
            ),
        ];
        let broken: Vec<&str> =
            promises.iter().filter(|(kept, _)| !kept).map(|(_, sentence)| *sentence).collect();
        if broken.is_empty() { Ok(()) } else { Err(Fault::Verdict(broken.join("; "))) }
    }

    /// Of what a run must have seen to count as a test: ten, or fewer in a small run.
    fn enough(&self) -> usize {
        (self.plan.orders as usize / 20).min(10)
    }

    fn count(&self, ending: Ending) -> usize {
        self.day.endings.values().filter(|&&seen| seen == ending).count()
    }

    fn charged_unrecorded(&self) -> usize {
        self.charged.keys().filter(|order| !self.recorded.contains(order)).count()
    }

    fn acknowledged_unrecorded(&self) -> usize {
        let acknowledged =
            self.day.endings.iter().filter(|(_, ending)| **ending == Ending::Acknowledged);
        acknowledged.filter(|(order, _)| !self.recorded.contains(order)).count()
    }

    fn recorded_uncharged(&self) -> usize {
        self.recorded.iter().filter(|order| !self.charged.contains_key(order)).count()
    }

    fn charged_twice(&self) -> usize {
        self.charged.values().filter(|&&times| times > 1).count()
    }

    /// How many were refused, by what the shop said.
    fn refused(&self) -> BTreeMap<String, usize> {
        let mut refused = BTreeMap::new();
        for ending in self.day.endings.values() {
            if let Ending::Refused(status) = ending {
                *refused.entry(format!("refused: {status}")).or_default() += 1;
            }
        }
        refused
    }

    fn rows(&self) -> Vec<(&'static str, String, usize)> {
        let log = &self.day.log;
        let settled = log.dropped_after.intersection(&self.recorded).count();
        let mut rows = Vec::new();
        let mut row = |of, what: &str, number| rows.push((of, what.to_owned(), number));
        row("orders", "acknowledged", self.count(Ending::Acknowledged));
        for (answer, number) in &self.refused() {
            row("", answer, *number);
        }
        row("", "hung up", self.count(Ending::HungUp));
        row("", "came after closing", self.count(Ending::Closed));
        row("bank", "charged", self.charged.len());
        row("", "charged twice", self.charged_twice());
        row("", "asked again, and not charged again", self.repeats);
        row("database", "recorded", self.recorded.len());
        row("lost", "charged but not recorded", self.charged_unrecorded());
        row("", "acknowledged but not recorded", self.acknowledged_unrecorded());
        row("handlers", "dropped before the charge", log.dropped_before.len());
        row("", "dropped after the charge", log.dropped_after.len());
        row("", "of these, charged and recorded", settled);
        rows
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (of, what, number) in self.rows() {
            writeln!(f, "{of:<10}{what:<36}{number:>4}")?;
        }
        let log = &self.day.log;
        for failure in &log.failures {
            writeln!(f, "service   failure: {failure}")?;
        }
        for line in &log.report {
            writeln!(f, "service   report: {line}")?;
        }
        match log.living {
            Some(tasks) => write!(f, "service   living tasks: {tasks}, {}", self.day.exit),
            None => write!(f, "service   living tasks: unknown, {}", self.day.exit),
        }
    }
}
