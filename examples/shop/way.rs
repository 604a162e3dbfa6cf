//! `Way`: how a service is written. Three do the same, with the same routes and delays.

use std::fmt;
use std::str::FromStr;

/// What is written anew for each way. What the ways have in common (checks, payment, store, frames
/// of `/live`) is counted for none of them.
struct Source {
    handlers: &'static [&'static str],
    lifecycle: &'static [&'static str],
}

const FOSTER: Source = Source {
    handlers: &[include_str!("foster/live.rs"), include_str!("foster/orders.rs")],
    lifecycle: &[
        include_str!("foster/mailer.rs"),
        include_str!("foster/mod.rs"),
        include_str!("foster/server.rs"),
    ],
};

const USUAL: Source = Source {
    handlers: &[include_str!("usual/live.rs"), include_str!("usual/orders.rs")],
    lifecycle: &[include_str!("usual/mailer.rs"), include_str!("usual/mod.rs")],
};

const CAREFUL: Source = Source {
    handlers: &[include_str!("careful/live.rs"), include_str!("careful/orders.rs")],
    lifecycle: &[include_str!("careful/mailer.rs"), include_str!("careful/mod.rs")],
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Every task has an owner.
    Foster,
    /// As most axum services are written: `tokio::spawn`, `tokio::join!`, and axum's graceful
    /// shutdown.
    Usual,
    /// As an expert writes it by hand: `TaskTracker`, `CancellationToken`, and bounds.
    Careful,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Foster, Self::Usual, Self::Careful];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Foster => "foster",
            Self::Usual => "usual",
            Self::Careful => "careful",
        }
    }

    /// The lines of code of its handlers.
    pub(crate) fn handlers(self) -> usize {
        lines_of_code(self.source().handlers)
    }

    /// The lines of code of start, server, mailer and shutdown.
    pub(crate) fn lifecycle(self) -> usize {
        lines_of_code(self.source().lifecycle)
    }

    fn source(self) -> Source {
        match self {
            Self::Foster => FOSTER,
            Self::Usual => USUAL,
            Self::Careful => CAREFUL,
        }
    }
}

/// The lines that are neither blank nor a comment alone.
fn lines_of_code(files: &[&str]) -> usize {
    let lines = files.iter().flat_map(|file| file.lines()).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Way {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let way = Self::ALL.into_iter().find(|way| way.name() == word);
        way.ok_or("expected one of `careful`, `foster`, `usual`")
    }
}
