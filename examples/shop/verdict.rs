//! `Verdict`: what became of the orders of one way, counted from the outside.

use std::collections::{BTreeMap, BTreeSet};

use crate::args::Plan;
use crate::customer::{Ending, REFUSALS};
use crate::driver::Day;
use crate::fault::Fault;
use crate::table::Row;
use crate::viewer::{End, STAYING};
use crate::way::Way;

pub(crate) struct Verdict {
    pub(crate) way: Way,
    pub(crate) plan: Plan,
    pub(crate) day: Day,
    /// From the bank's ledger: how often each order was charged.
    pub(crate) charged: BTreeMap<u32, usize>,
    /// From the ledger: how many requests found their charge already made.
    pub(crate) repeats: usize,
    /// From the post office: how often each order's mail was taken.
    pub(crate) mailed: BTreeMap<u32, usize>,
    /// From the database file: the orders that are written with their payment.
    pub(crate) recorded: BTreeSet<u32>,
    /// From the database file: the orders whose mail is not marked as sent.
    pub(crate) unsent: BTreeSet<u32>,
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
            (twice(&self.charged) == 0, "an order was charged twice"),
            (self.recorded_unmailed() == 0, "an order was recorded and no mail was sent"),
            (self.mailed_unmarked() == 0, "a mail was sent but not marked as sent"),
            (twice(&self.mailed) == 0, "a mail was sent twice"),
            (self.count(Ending::Broken) == 0, "a customer got no proper answer"),
            (self.views(End::Cut) == 0, "a viewer was cut off"),
            (
                self.views(End::Goodbye) >= STAYING as usize,
                "a viewer who stayed was not told goodbye",
            ),
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
            (self.sights() >= enough.min(STAYING as usize), "too few viewers saw an order to tell"),
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

    fn views(&self, end: End) -> usize {
        self.day.views.iter().filter(|view| view.end == end).count()
    }

    /// How many viewers saw both orders and signs of life.
    fn sights(&self) -> usize {
        self.day.views.iter().filter(|view| view.orders > 0 && view.pings > 0).count()
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

    fn recorded_unmailed(&self) -> usize {
        self.recorded.iter().filter(|order| !self.mailed.contains_key(order)).count()
    }

    fn mailed_unmarked(&self) -> usize {
        self.mailed.keys().filter(|order| self.unsent.contains(order)).count()
    }

    /// The same rows for every way.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let log = &self.day.log;
        let settled = log.dropped_after.intersection(&self.recorded).count();
        let mut rows = Vec::new();
        let mut row = |group, what: &str, cell: &dyn ToString| {
            rows.push(Row { group, what: what.to_owned(), cell: cell.to_string() });
        };
        row("orders", "acknowledged", &self.count(Ending::Acknowledged));
        for refusal in REFUSALS {
            let what = format!("refused: {refusal}");
            row("", &what, &self.count(Ending::Refused(refusal)));
        }
        row("", "hung up", &self.count(Ending::HungUp));
        row("", "came after closing", &self.count(Ending::Closed));
        row("", "without a proper answer", &self.count(Ending::Broken));
        row("bank", "charged", &self.charged.len());
        row("", "charged twice", &twice(&self.charged));
        row("", "asked again, and not charged again", &self.repeats);
        row("database", "recorded", &self.recorded.len());
        row("post", "mails taken", &self.mailed.len());
        row("", "mails taken twice", &twice(&self.mailed));
        row("lost", "charged but not recorded", &self.charged_unrecorded());
        row("", "acknowledged but not recorded", &self.acknowledged_unrecorded());
        row("", "recorded but no mail sent", &self.recorded_unmailed());
        row("", "mail sent but not marked", &self.mailed_unmarked());
        row("handlers", "dropped before the charge", &log.dropped_before.len());
        row("", "dropped after the charge", &log.dropped_after.len());
        row("", "of these, charged and recorded", &settled);
        row("viewers", "saw orders and signs of life", &self.sights());
        row("", "were told goodbye", &self.views(End::Goodbye));
        row("", "were cut off", &self.views(End::Cut));
        row("stop", "/health said 503", &if self.day.went_unhealthy { "yes" } else { "no" });
        row("", "seconds", &format!("{:.2}", self.day.stopped_in.as_secs_f32()));
        row("", "tasks left", &log.living.map_or("unknown".to_owned(), |left| left.to_string()));
        row("", "exit code", &self.day.exit.code().map_or("none".to_owned(), |c| c.to_string()));
        row("code", "lines of handlers", &self.way.handlers());
        row("", "lines of lifecycle", &self.way.lifecycle());
        rows
    }
}

fn twice(times: &BTreeMap<u32, usize>) -> usize {
    times.values().filter(|&&times| times > 1).count()
}
