//! Code that starts what nobody owns. Each line that ends in `//~` is one that the preset has to find.

use std::thread;

use tokio::runtime::{Handle, Runtime};
use tokio::spawn as go;
use tokio::task::{JoinSet, LocalSet}; //~
use tokio_util::task::TaskTracker; //~

fn work() -> impl Future<Output = ()> {
    std::future::pending()
}

/// By its path, by a `use` of another name, and as a value: for clippy all of these are one function.
pub fn by_any_name() {
    tokio::spawn(work()); //~
    tokio::task::spawn(work()); //~
    go(work()); //~
    let start = tokio::spawn; //~
    start(work());
    std::iter::once(work()).map(tokio::spawn).for_each(drop); //~
}

/// Methods on values whose type only the compiler knows.
pub fn by_method(handle: &Handle, runtime: &Runtime) {
    handle.spawn(work()); //~
    handle.spawn_blocking(|| ()); //~
    runtime.spawn(work()); //~
    runtime.spawn_blocking(|| ()); //~
    Handle::current().spawn(work()); //~
}

/// Threads, also tokio's own.
///
/// # Errors
///
/// When there can be no thread.
pub fn by_thread() -> std::io::Result<()> {
    thread::spawn(|| ()); //~
    thread::Builder::new().spawn(|| ())?; //~
    tokio::task::spawn_blocking(|| ()); //~
    Ok(())
}

/// On one thread.
pub fn locally(local: &LocalSet) {
    local.spawn_local(work()); //~
    tokio::task::spawn_local(work()); //~
}

/// Collections of tasks.
pub fn in_sets() {
    let _set: JoinSet<()> = JoinSet::new(); //~
    let _tracker = TaskTracker::new(); //~
}
