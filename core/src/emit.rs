//! Events: the one place that calls `tracing`, whose subscriber is foreign code.

use crate::panics;

/// Emits an event; `true` when a subscriber has heard it.
///
/// A subscriber that panics, or a field whose `Debug` or `Display` does, harms nobody.
macro_rules! emit {
    ($level:ident, $($event:tt)+) => {
        $crate::emit::heard(|| {
            let enabled = tracing::enabled!(tracing::Level::$level);
            if enabled {
                tracing::event!(tracing::Level::$level, $($event)+);
            }
            enabled
        })
    };
}

pub(crate) use emit;

/// Runs what emits an event.
pub(crate) fn heard(event: impl FnOnce() -> bool) -> bool {
    match panics::catch(event) {
        Ok(enabled) => enabled,
        Err(payload) => {
            panics::drop_payload(payload);
            false
        }
    }
}

/// Whether an event of the level INFO goes anywhere, so that it is worth being prepared.
pub(crate) fn is_info_enabled() -> bool {
    heard(|| tracing::enabled!(tracing::Level::INFO))
}
