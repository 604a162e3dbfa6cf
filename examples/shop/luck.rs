//! `Luck`: what goes wrong and how long things take, decided by a seed.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;

/// Who asks. Each part draws for itself, so that one more draw here changes nothing there.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Quote = 1,
    Fraud,
    Bank,
    Order,
    HangUp,
    Post,
    Viewer,
}

/// The same seed gives the same order the same luck, in whatever sequence the orders come.
#[derive(Clone, Copy)]
pub(crate) struct Luck {
    seed: Option<u64>,
}

impl Luck {
    /// Without a seed nothing ever goes wrong.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self { seed }
    }

    pub(crate) fn draw(self, part: Part, order: u32, attempt: u32) -> Draw {
        // An odd constant spreads neighbouring orders over all 64 bits.
        let mixed =
            (u64::from(order) << 8 | u64::from(attempt)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let seed = self.seed.unwrap_or_default() ^ mixed ^ (part as u64).rotate_right(8);
        Draw { rng: Rng::with_seed(seed), fair: self.seed.is_none() }
    }
}

pub(crate) struct Draw {
    rng: Rng,
    fair: bool,
}

impl Draw {
    pub(crate) fn happens(&mut self, percent: u8) -> bool {
        !self.fair && self.rng.u8(0..100) < percent
    }

    pub(crate) fn percent(&mut self, range: Range<u32>) -> u32 {
        self.rng.u32(range)
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.rng.u64(range))
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.rng.usize(0..choices.len())]
    }
}
