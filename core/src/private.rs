//! All that generated code may name. Follows no semver: the macros crate is pinned to this one.

use std::panic::Location;

use crate::failure::Origin;

pub use crate::close::Ending;
pub use crate::entry::{Config, main};
pub use crate::failure::Cause;
pub use crate::function::{FallibleFunction, Function, PlainFunction};
pub use crate::life::Life;
pub use crate::policy::Unnamed;
pub use crate::shield_kind::{Probe, ViaBoxes, ViaPrints, ViaSilent};
pub use crate::test::{TestConfig, Text, test};

/// The life of the scope of a function called `name`, which interleaves nothing.
#[track_caller]
pub fn life(name: &'static str) -> Life<'static> {
    let life = Life::new(Origin::named(Location::caller(), name), None);
    life.owner().set_name(name);
    life
}
