//! Random trees of scopes, shields and supervisors that fail, panic, are cancelled, dropped and
//! forgotten: whatever they do, an owner ends after all that is below it, and nothing stays.

use std::future::pending;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use foster::{
    FailFast, Handle, Interrupted, Scope, Spawner, Supervisor, checkpoint, root, scope, shield,
    try_scope,
};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::{OnDrop, Probe, Probes, forget, multi, poll_once, single, subscriber_panics};

/// Far more than a tree takes.
const HUNG: Duration = Duration::from_secs(20);

type Tree = Pin<Box<dyn Future<Output = Result<usize, Stop>> + Send>>;

#[derive(Clone, Copy, Debug)]
struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stop")
    }
}

impl std::error::Error for Stop {}

impl From<Interrupted> for Stop {
    fn from(_: Interrupted) -> Self {
        Self
    }
}

/// A task to be made: what it does follows from the seed.
struct Seed {
    rng: Rng,
    /// How many levels may come below.
    depth: usize,
    /// Whether it has to end by itself: below a shield, nobody cancels it.
    is_finite: bool,
    /// Whether tasks are begun in one place, and moved to another.
    moves: bool,
    /// The probes of every owner above: each task has one of each.
    above: Vec<Probes>,
}

impl Seed {
    fn below(&self, rng: &mut Rng) -> Self {
        let rng = Rng::with_seed(rng.u64(..));
        let Self { depth, is_finite, moves, .. } = *self;
        Self { rng, depth: depth - 1, is_finite, moves, above: self.above.clone() }
    }

    fn finite(self) -> Self {
        Self { is_finite: true, ..self }
    }

    fn task(mut self) -> Tree {
        let probes: Vec<Probe> = self.above.iter().map(Probes::probe).collect();
        Box::pin(async move {
            let _probes = probes;
            pause(&mut self.rng).await;
            if self.depth == 0 {
                return self.leaf().await;
            }
            let own = Probes::new();
            self.above.push(own.clone());
            if self.rng.u8(..4) == 0 { self.supervise(&own).await } else { self.open(&own).await }
        })
    }

    /// For its effect only.
    async fn effect(self) -> Result<(), Stop> {
        self.task().await.map(drop)
    }

    async fn leaf(mut self) -> Result<usize, Stop> {
        match self.rng.u8(..24) {
            0 => Err(Stop),
            1 => resume_unwind(Box::new("a leaf")),
            2 => {
                let _panics = OnDrop::new(|| {
                    if !std::thread::panicking() {
                        resume_unwind(Box::new("the destructor of a leaf"));
                    }
                });
                pause(&mut self.rng).await;
                Ok(1)
            }
            3..8 if !self.is_finite => pending().await,
            8 => {
                shield!({
                    pause(&mut self.rng).await;
                    Ok(1)
                })
                .await
            }
            _ => Ok(1),
        }
    }

    async fn open(mut self, own: &Probes) -> Result<usize, Stop> {
        let mut rng = Rng::with_seed(self.rng.u64(..));
        let (way, cancelled) = (rng.u8(..8), CancellationToken::new());
        let is_begun = self.moves;
        let scope = try_scope!(|s| -> Result<usize, Stop> {
            let mut rng = Rng::with_seed(self.rng.u64(..));
            let (mut handles, mut attempts) = (Vec::new(), Vec::new());
            for _ in 0..rng.usize(1..=3) {
                let child = self.below(&mut rng);
                match rng.u8(..if self.moves { 12 } else { 9 }) {
                    0 => s.launch(child.effect()),
                    1 => s.background(child.effect()),
                    2 => attempts.push(s.attempt(child.task())),
                    3 => drop(s.spawner().launch(child.effect())),
                    4 => drop(Spawner::current().launch(child.effect())),
                    5 => {
                        let mut shield = shield!(child.finite().task().await);
                        let _polled = poll_once(&mut shield).await;
                    }
                    6 => {
                        let child = child.task();
                        handles.push(s.spawn_blocking(move || {
                            drop(child);
                            Ok::<_, Stop>(1)
                        }));
                    }
                    9.. => {
                        let mut begun = child.finite().task();
                        if begin(&mut begun, &mut rng).await {
                            handles.extend(hand_on(s, begun, rng.u8(..3)).await);
                        }
                    }
                    _ => handles.push(s.spawn(child.task())),
                }
                pause(&mut rng).await;
            }
            match rng.u8(..20) {
                0 => return Err(Stop),
                1 => resume_unwind(Box::new("a body")),
                2 => {
                    if let Some(handle) = handles.pop() {
                        handle.cancel().await;
                    }
                }
                3 => {
                    drop((handles, attempts));
                    s.cancel_children().await;
                    s.launch(self.below(&mut rng).effect());
                    return Ok(0);
                }
                4 if !self.is_finite => pending().await,
                _ => {}
            }
            let mut sum = 0;
            for handle in handles {
                sum += handle.await;
            }
            for attempt in attempts {
                sum += attempt.await.unwrap_or(0);
            }
            Ok(sum)
        });
        let ended = match way {
            0 | 1 => {
                let mut scope = Box::pin(AssertUnwindSafe(scope).catch_unwind());
                let mut ended = None;
                for _ in 0..rng.usize(..8) {
                    if let Poll::Ready(end) = poll_once(&mut scope).await {
                        ended = Some(end);
                        break;
                    }
                    checkpoint().await;
                }
                match ended {
                    Some(ended) => ended,
                    // A body that is forgotten keeps what it has begun, and the probes in that.
                    None if way == 0 || is_begun => return Ok(0),
                    None => {
                        forget(scope);
                        return Ok(0);
                    }
                }
            }
            2 => {
                let bounded = scope.within(Duration::from_micros(rng.u64(..2000)));
                AssertUnwindSafe(bounded).catch_unwind().await
            }
            3 => {
                let bounded = AssertUnwindSafe(scope.cancelled_by(cancelled.clone()));
                let cancels = async {
                    pause(&mut rng).await;
                    cancelled.cancel();
                };
                tokio::join!(bounded.catch_unwind(), cancels).0
            }
            _ => AssertUnwindSafe(scope).catch_unwind().await,
        };
        // R1: whatever it ended with, nothing is left of what was below.
        own.all_dropped(own.made());
        ended.unwrap_or_else(|payload| resume_unwind(payload))
    }

    async fn supervise(mut self, own: &Probes) -> Result<usize, Stop> {
        let mut rng = Rng::with_seed(self.rng.u64(..));
        let sup = Supervisor::builder("tree").grace(Duration::ZERO).on_failure(|_| ()).build();
        let mut attempts = Vec::new();
        for _ in 0..rng.usize(1..=3) {
            let child = self.below(&mut rng);
            match rng.u8(..4) {
                0 => attempts.push(sup.attempt(child.task())),
                1 => {
                    let mut shield = sup.shield(child.finite().task());
                    let _polled = poll_once(&mut shield).await;
                }
                _ => sup.launch(child.effect()),
            }
            pause(&mut rng).await;
        }
        let report = match rng.u8(..4) {
            0 => {
                drop(sup);
                return Ok(0);
            }
            1 if self.is_finite => sup.join().await,
            _ => sup.shutdown().await,
        };
        assert!(report.is_clean(), "{report}");
        own.all_dropped(own.made());
        let mut sum = 0;
        for attempt in attempts {
            sum += attempt.await.unwrap_or(0);
        }
        Ok(sum)
    }
}

/// Polls a task a few times where it is made; `true` when it has not ended there.
async fn begin(task: &mut Tree, rng: &mut Rng) -> bool {
    for _ in 0..rng.usize(1..=3) {
        let polled = AssertUnwindSafe(poll_once(task)).catch_unwind().await;
        if !matches!(polled, Ok(Poll::Pending)) {
            return false;
        }
        checkpoint().await;
    }
    true
}

/// Has somebody else go on with a task that was begun in a body.
async fn hand_on<'s>(
    scope: &'s Scope<'_, FailFast<Stop>>,
    task: Tree,
    way: u8,
) -> Option<Handle<'s, usize>> {
    match way {
        0 => return Some(scope.spawn(task)),
        1 => {
            let mut shield = shield!(task.await);
            let _polled = poll_once(&mut shield).await;
        }
        _ => drop(Spawner::current().launch(async { task.await.map(drop) })),
    }
    None
}

/// Lets others run, or not.
async fn pause(rng: &mut Rng) {
    for _ in 0..rng.usize(..4) {
        checkpoint().await;
    }
}

/// Grows trees, ends each at a random moment, and looks at what is left.
async fn grow(seeds: std::ops::Range<u64>, moves: bool) {
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        let all = Probes::new();
        let above = vec![all.clone()];
        let depth = rng.usize(1..=5);
        let top = Seed { rng: rng.fork(), depth, is_finite: false, moves, above };
        let mut tree =
            Box::pin(AssertUnwindSafe(scope!(|s| s.spawn(top.task()).await)).catch_unwind());
        for _ in 0..1 << rng.u32(..13) {
            if poll_once(&mut tree).await.is_ready() {
                break;
            }
            checkpoint().await;
        }
        drop(tree);
        let drained = timeout(HUNG, async { root().drained().await }).await;
        assert!(drained.is_ok(), "the tree of the seed {seed} hangs");
        let (made, dropped) = (all.made(), all.dropped());
        assert_eq!((made, root().live()), (dropped, 0), "the tree of the seed {seed}");
    }
}

#[test]
fn random_trees_leave_nothing_on_one_thread() {
    single(async || grow(0..600, false).await);
}

#[test]
fn random_trees_leave_nothing_on_two_workers() {
    multi(async || grow(600..2000, false).await);
}

#[test]
fn random_trees_whose_scopes_move_leave_nothing() {
    single(async || grow(2000..2600, true).await);
    multi(async || grow(2600..3600, true).await);
}

#[test]
fn random_trees_whose_subscriber_panics_leave_nothing() {
    single(async || {
        subscriber_panics();
        grow(3600..4000, true).await;
    });
    multi(async || {
        subscriber_panics();
        grow(4000..5000, true).await;
    });
}
