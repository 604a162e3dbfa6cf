//! `bytes`: what live, finished and failed children hold on to, counted in the allocator.
//!
//! Sizes are those asked for, so the figures are exact and repeat; what malloc adds is not in them.

#![forbid(unsafe_code)]

mod allocations;
mod flood;
mod kept;
mod meter;
mod parked;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> std::io::Result<()> {
    // With a timer, which a supervisor's shutdown needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        parked::report().await;
        allocations::report().await;
        kept::report().await;
        flood::report().await;
    });
    Ok(())
}
