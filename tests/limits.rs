//! A limit holds although what it limits is busy in every poll: it is polled outside of tokio's coop
//! budget, which that uses up.

use std::time::{Duration, Instant};

use foster::{Interrupted, Supervisor, scope, shield};
use tokio::sync::mpsc;

use crate::support::{block_until, in_time, multi, single, until};

const LIMIT: Duration = Duration::from_millis(20);

/// Never suspends but for want of budget.
async fn busy() {
    let (send, mut receive) = mpsc::channel::<()>(1);
    loop {
        send.try_send(()).unwrap_or_default();
        receive.recv().await;
    }
}

#[test]
fn the_time_of_a_busy_shield_is_over_in_time() {
    multi(async || {
        assert_eq!(in_time(shield!(busy().await).within(LIMIT)).await, Err(Interrupted::Elapsed));
    });
}

#[test]
fn the_time_of_a_busy_scope_is_over_in_time() {
    multi(async || {
        let ended = in_time(scope!(|_| { busy().await }).within(LIMIT)).await;
        assert_eq!(ended, Err(Interrupted::Elapsed));
    });
}

#[test]
fn a_scope_that_is_polled_without_budget_hears_its_limit() {
    multi(async || {
        let mut bounded =
            Box::pin(scope!(|_| { std::future::pending::<()>().await }).within(LIMIT));
        let ended = in_time(async {
            loop {
                tokio::select! {
                    biased;
                    () = exhaust() => {}
                    ended = &mut bounded => break ended,
                }
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(ended.await, Err(Interrupted::Elapsed));
    });
}

/// Uses up the budget, and is pending then.
async fn exhaust() {
    busy().await;
}

#[test]
fn a_busy_task_ends_when_its_own_grace_is_over() {
    for grace in [Duration::ZERO, LIMIT] {
        multi(async move || {
            let sup = Supervisor::builder("busy").grace(Duration::from_mins(10)).build();
            sup.task("busy").grace(grace).launch(busy());
            let report = in_time(sup.shutdown()).await;
            assert_eq!(report.cancelled, 1, "{report}");
        });
    }
}

#[test]
fn a_busy_shield_ends_when_its_own_grace_is_over() {
    multi(async || {
        let sup = Supervisor::builder("busy").grace(Duration::from_mins(10)).build();
        sup.launch(async { shield!(busy().await).grace(LIMIT).named("busy").await });
        until(|| sup.live() == 2).await;
        let report = in_time(sup.shutdown()).await;
        assert_eq!(report.forced.len(), 1, "{report}");
    });
}

/// The clock of the runtime counts, also where it stands still while real time goes on.
#[test]
fn the_grace_of_a_paused_clock_is_not_over_before_that_clock_says_so() {
    single(async || {
        let sup = Supervisor::builder("paused").grace(LIMIT).build();
        sup.launch(async {
            foster::shutdown_requested().await;
            let began = Instant::now();
            block_until(|| began.elapsed() > 3 * LIMIT);
            for _ in 0..10 {
                foster::checkpoint().await;
            }
        });
        let report = in_time(sup.shutdown()).await;
        assert_eq!((report.finished, report.cancelled), (1, 0), "{report}");
    });
}

#[test]
fn a_second_request_ends_a_busy_task_that_has_a_longer_grace() {
    multi(async || {
        let sup = Supervisor::builder("busy").grace(LIMIT).build();
        let spawner = sup.spawner();
        sup.task("busy").grace(Duration::from_mins(10)).launch(busy());
        spawner.shutdown();
        spawner.shutdown();
        let report = in_time(sup.run_until(std::future::pending::<()>())).await;
        assert_eq!(report.cancelled, 1, "{report}");
    });
}

#[test]
fn a_ladder_keeps_its_bounds_in_a_runtime_without_a_clock() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let report = runtime.expect("it can be built").block_on(async {
        let sup = Supervisor::builder("timeless").grace(LIMIT).cancel_within(LIMIT).build();
        sup.launch(std::future::pending::<()>());
        foster::checkpoint().await;
        sup.shutdown().await
    });
    assert_eq!((report.cancelled, report.abandoned.len()), (1, 0), "{report}");
}
