//! The owners of the sleepers, and how each ends them.

use std::time::Duration;

use foster::{Supervisor, scope};
use foster_benches::children::Refused;
use foster_benches::command::Operations;
use foster_benches::settle;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Clock, Ending, sleeper};

/// `None` when the owner does not have that ending: without handles nothing is cancelled by itself.
pub(crate) fn find(ending: Ending, owner: &str, n: usize, clock: Clock) -> Option<Operations> {
    Some(match (owner, ending) {
        ("raw", _) => Box::pin(raw(ending, n, clock)),
        ("joinset", _) => Box::pin(join_set(ending, n, clock)),
        ("tracker", _) => Box::pin(tracker(ending, n, clock)),
        ("foster-scope", Ending::Left) => Box::pin(background(n)),
        ("foster-scope", _) => Box::pin(with_handles(ending, n, clock)),
        ("foster-launch", Ending::None | Ending::All) => Box::pin(launched(ending, n, clock)),
        ("foster-supervisor", Ending::None | Ending::All | Ending::Left) => {
            Box::pin(supervised(ending, n, clock))
        }
        ("foster-attempt", Ending::OneByOne) => Box::pin(attempted(n)),
        _ => return None,
    })
}

async fn raw(ending: Ending, n: usize, clock: Clock) {
    let handles: Vec<_> = (0..n).map(|_| tokio::spawn(sleeper())).collect();
    settle().await;
    match ending {
        Ending::None => clock.stop(),
        Ending::Left => {}
        Ending::All => {
            handles.iter().for_each(JoinHandle::abort);
            for handle in handles {
                assert!(handle.await.is_err_and(|error| error.is_cancelled()));
            }
        }
        Ending::OneByOne => {
            for handle in handles {
                handle.abort();
                assert!(handle.await.is_err_and(|error| error.is_cancelled()));
            }
        }
    }
}

async fn join_set(ending: Ending, n: usize, clock: Clock) {
    let mut set = JoinSet::new();
    let aborts: Vec<_> = (0..n).map(|_| set.spawn(sleeper())).collect();
    settle().await;
    match ending {
        Ending::None => clock.stop(),
        Ending::Left => {}
        Ending::All => set.shutdown().await,
        Ending::OneByOne => {
            for abort in aborts {
                abort.abort();
                assert!(set.join_next().await.is_some());
            }
        }
    }
}

async fn tracker(ending: Ending, n: usize, clock: Clock) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let tasks: Vec<_> = (0..n)
        .map(|_| {
            let own = token.child_token();
            let task = tracker.spawn(own.clone().run_until_cancelled_owned(sleeper()));
            (ending == Ending::OneByOne).then_some((own, task))
        })
        .collect();
    settle().await;
    if ending == Ending::None {
        clock.stop();
    }
    for (own, task) in tasks.into_iter().flatten() {
        own.cancel();
        assert!(task.await.is_ok());
    }
    if ending == Ending::All {
        token.cancel();
        tracker.close();
        tracker.wait().await;
    }
}

async fn with_handles(ending: Ending, n: usize, clock: Clock) {
    let token = CancellationToken::new();
    let cancel = token.clone();
    let ended = scope!(|s| {
        let handles: Vec<_> = (0..n).map(|_| s.spawn(sleeper())).collect();
        settle().await;
        match ending {
            Ending::OneByOne => {
                for handle in handles {
                    assert!(handle.cancel().await.is_none());
                }
            }
            Ending::All => {
                cancel.cancel();
                for handle in handles {
                    handle.await;
                }
            }
            Ending::None | Ending::Left => clock.stop(),
        }
    });
    assert_eq!(ended.cancelled_by(token).await.is_err(), ending == Ending::All);
}

/// Helpers, which their scope cancels once its body has ended.
async fn background(n: usize) {
    scope!(|s| {
        for _ in 0..n {
            s.background(sleeper());
        }
        settle().await;
    })
    .await;
}

async fn launched(ending: Ending, n: usize, clock: Clock) {
    scope!(|s| {
        for _ in 0..n {
            s.launch(sleeper());
        }
        settle().await;
        if ending == Ending::None {
            clock.stop();
        }
        s.cancel_children().await;
    })
    .await;
}

fn supervisor() -> Supervisor {
    Supervisor::builder("sleepers").grace(Duration::ZERO).cancel_within(Duration::MAX).build()
}

async fn supervised(ending: Ending, n: usize, clock: Clock) {
    let supervisor = supervisor();
    for _ in 0..n {
        supervisor.launch(sleeper());
    }
    settle().await;
    match ending {
        Ending::None => clock.stop(),
        Ending::Left => drop(supervisor),
        Ending::All | Ending::OneByOne => assert!(supervisor.shutdown().await.is_clean()),
    }
}

async fn attempted(n: usize) {
    let supervisor = supervisor();
    let attempt = || {
        supervisor.attempt(async {
            sleeper().await;
            Ok::<_, Refused>(())
        })
    };
    let handles: Vec<_> = (0..n).map(|_| attempt()).collect();
    settle().await;
    for handle in handles {
        assert!(handle.cancel().await.is_none_or(|ended| ended.is_err()));
    }
    assert!(supervisor.join().await.is_clean());
}
