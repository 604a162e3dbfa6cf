//! A million children, half of them failing, through one open owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foster::{Supervisor, try_scope};
use foster_benches::children::Refused;
use tokio::task::yield_now;

use crate::meter;

/// Children that live at one time.
const WAVE: u64 = 1000;
const MARKS: [u64; 3] = [10_000, 100_000, 1_000_000];

pub(crate) async fn report() {
    println!("| one owner, half of the children fail | children | failed | live bytes |");
    println!("|---|---|---|---|");
    through_a_scope().await;
    through_a_supervisor().await;
}

fn line(owner: &str, children: u64, failed: u64, bytes: i64) {
    if MARKS.contains(&children) {
        assert_eq!(failed * 2, children, "a failure was lost, or told twice");
        println!("| {owner} | {children} | {failed} | {bytes} |");
    }
}

/// Every second one fails, after it has been suspended.
async fn child(i: u64) -> Result<(), Refused> {
    yield_now().await;
    if i.is_multiple_of(2) { Ok(()) } else { Err(Refused) }
}

/// Fail-fast, but `attempt` keeps a failure in its handle.
async fn through_a_scope() {
    let ended = try_scope!(|s| -> Result<(), Refused> {
        let before = meter::live_bytes();
        let mut failed = 0;
        for wave in 1..=MARKS[2] / WAVE {
            let handles: Vec<_> = (0..WAVE).map(|i| s.attempt(child(i))).collect();
            for handle in handles {
                failed += u64::from(handle.await.is_err());
            }
            line("`try_scope!` + `attempt`", wave * WAVE, failed, meter::live_bytes() - before);
        }
        Ok(())
    });
    assert!(ended.await.is_ok());
}

async fn through_a_supervisor() {
    let failed = Arc::new(AtomicU64::new(0));
    let supervisor = Supervisor::builder("flood")
        .on_failure({
            let failed = Arc::clone(&failed);
            move |_| {
                // Ordering: Relaxed: one thread, and a count only.
                failed.fetch_add(1, Ordering::Relaxed);
            }
        })
        .build();
    let before = meter::live_bytes();
    for wave in 1..=MARKS[2] / WAVE {
        for i in 0..WAVE {
            supervisor.launch(child(i));
        }
        while supervisor.live() > 0 {
            yield_now().await;
        }
        // Ordering: Relaxed: as above.
        let failed = failed.load(Ordering::Relaxed);
        line("`Supervisor::launch`", wave * WAVE, failed, meter::live_bytes() - before);
    }
    println!("\nThe supervisor's report: {}", supervisor.join().await);
}
