//! `two-threads`: two workers start children into one owner, at the same time.
//!
//! A time, so a noisy figure: each round runs every owner once, in turn, and the ratio to raw tokio
//! is taken within the round. Printed are the median of the rounds and their quartiles.

#![forbid(unsafe_code)]

mod owners;

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// What each of the two starts in one round.
#[derive(Clone, Copy, Debug)]
struct Load {
    batches: usize,
    batch: usize,
    yields: bool,
}

/// A batch of 100 fits a worker's own queue, so that what is shared is the owner and not the
/// runtime; one of 20 000 flows over into the queue that all workers share.
const LOADS: [(&str, Load); 4] = [
    ("ready at once, 200 batches of 100", Load { batches: 200, batch: 100, yields: false }),
    ("of one yield, 200 batches of 100", Load { batches: 200, batch: 100, yields: true }),
    ("ready at once, 20 000 in one go", Load { batches: 1, batch: 20_000, yields: false }),
    ("of one yield, 20 000 in one go", Load { batches: 1, batch: 20_000, yields: true }),
];

/// Odd, so that the median is one of them.
const ROUNDS: usize = 41;

type Run = fn(&Runtime, load: Load);

const OWNERS: [(&str, Run); 6] = [
    ("raw", |runtime, load| runtime.block_on(owners::raw(load))),
    ("`JoinSet` in a `Mutex`", |runtime, load| runtime.block_on(owners::join_set(load))),
    ("`TaskTracker` + child token", |runtime, load| runtime.block_on(owners::tracker(load))),
    ("`scope!`, `Spawner::launch`", |runtime, load| runtime.block_on(owners::scope(load))),
    ("`Supervisor`, `Spawner::launch`", |runtime, load| runtime.block_on(owners::launch(load))),
    ("`Supervisor`, `Spawner::attempt`", |runtime, load| {
        runtime.block_on(owners::attempt(load));
    }),
];

fn main() -> std::io::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    for (title, load) in LOADS {
        println!("| children {title} | time | to raw | quartiles |\n|---|---|---|---|");
        let rounds = rounds(&runtime, load);
        for (index, (owner, _)) in OWNERS.iter().enumerate() {
            let times = sorted(rounds.iter().map(|round| round[index].as_secs_f64()));
            let ratios = sorted(rounds.iter().map(|round| to_raw(round, index)));
            let (low, high) = (ratios[ROUNDS / 4], ratios[ROUNDS * 3 / 4]);
            println!(
                "| {owner} | {:.1} ms | {:.2}x | {low:.2} to {high:.2} |",
                times[ROUNDS / 2] * 1e3,
                ratios[ROUNDS / 2],
            );
        }
        println!();
    }
    Ok(())
}

fn to_raw(round: &[Duration], index: usize) -> f64 {
    round[index].as_secs_f64() / round[0].as_secs_f64()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// One round more than is kept: the first one warms up.
fn rounds(runtime: &Runtime, load: Load) -> Vec<Vec<Duration>> {
    let one = || OWNERS.iter().map(|(_, run)| time(|| run(runtime, load))).collect();
    let all: Vec<Vec<Duration>> = (0..=ROUNDS).map(|_| one()).collect();
    all.into_iter().skip(1).collect()
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
