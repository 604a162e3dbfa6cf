//! What is measured: the rows of the table and its columns.

/// An operation of `cost`, which counts as the slope between two sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) sizes: [u64; 2],
    /// How many operations are in one unit of size.
    pub(crate) each: u64,
    /// The owners that the guard looks at; raw is measured beside them.
    pub(crate) guarded: &'static [&'static str],
}

const SIZES: [u64; 2] = [1000, 3000];

const fn row(name: &'static str, title: &'static str, guarded: &'static [&'static str]) -> Row {
    Row { name, title, sizes: SIZES, each: 1, guarded }
}

/// `blocking` is not guarded: two threads hand over to each other, in an order that varies.
pub(crate) const ROWS: &[Row] = &[
    row(
        "ready",
        "spawn, ready at once, joined",
        &["foster-scope", "foster-launch", "foster-supervisor", "foster-attempt"],
    ),
    row(
        "yield",
        "spawn, one yield, joined",
        &["foster-scope", "foster-launch", "foster-supervisor", "foster-attempt"],
    ),
    row(
        "park",
        "spawn, park, cancel all, wait",
        &["foster-scope", "foster-launch", "foster-supervisor"],
    ),
    row("one", "scope of one: open, spawn, cancel, wait", &["foster-scope", "foster-supervisor"]),
    row("request", "request: scope of 3 children, 2 yields each", &["foster-scope", "foster-try"]),
    Row {
        sizes: [4, 12],
        each: 512,
        ..row("tree", "tree of scopes, 8-ary, per leaf", &["foster-scope", "foster-launch"])
    },
    row("handler", "handler: a bare task with a scope of one", &["foster-scope"]),
    row("shield", "shield and await, or spawn and await", &["foster-scope", "foster-supervisor"]),
    row("interleave", "request of 3, interleaved on one task", &["foster-scope"]),
    row("blocking", "a function on a blocking thread, joined", &[]),
    row("empty", "a scope that starts nothing", &["foster-scope"]),
];

/// Who owns the children; `program` is `cost` or `peers`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Whether it has a column of its own; the others share the last one.
    pub(crate) has_column: bool,
    pub(crate) is_peer: bool,
}

const fn column(name: &'static str, title: &'static str) -> Owner {
    Owner { name, title, has_column: true, is_peer: false }
}

const fn other(name: &'static str, title: &'static str) -> Owner {
    Owner { has_column: false, ..column(name, title) }
}

const fn peer(name: &'static str, title: &'static str) -> Owner {
    Owner { is_peer: true, ..other(name, title) }
}

/// The floor, and what every ratio is taken to.
pub(crate) const RAW: &str = "raw";

pub(crate) const OWNERS: &[Owner] = &[
    column(RAW, "raw tokio"),
    column("joinset", "`JoinSet`"),
    column("tracker", "`TaskTracker`"),
    column("foster-scope", "`scope!`"),
    column("foster-try", "`try_scope!`"),
    column("foster-launch", "`launch`"),
    column("foster-supervisor", "supervisor"),
    column("foster-attempt", "`attempt`"),
    other("join", "`join!`"),
    other("unordered", "`FuturesUnordered`"),
    other("buffered", "futures-buffered"),
    other("asyncio", "asyncio"),
    other("trio", "trio"),
    peer("zksync", "zksync_concurrency"),
    peer("moro", "moro-local"),
    peer("subsystems", "tokio-graceful-shutdown"),
    peer("task-group", "rocketmq-runtime"),
];

/// The owner that is called so in the tables of `bytes` and `two-threads`.
pub(crate) fn owner_of(label: &str) -> Option<&'static str> {
    Some(match label {
        "raw" | "raw, handles in a `Vec`" => RAW,
        "`JoinSet`" | "`JoinSet` in a `Mutex`" => "joinset",
        "`TaskTracker` + child token" => "tracker",
        "`scope!` + `spawn`, handles in a `Vec`" => "foster-scope",
        "`scope!` + `launch`" | "`scope!`, `Spawner::launch`" => "foster-launch",
        "`Supervisor::launch`" | "`Supervisor`, `Spawner::launch`" => "foster-supervisor",
        "`Supervisor`, `Spawner::attempt`" => "foster-attempt",
        _ => return None,
    })
}
