#[foster::test(flavor = "multi_thread", worker_threads = 2, timeout = "5s", allow_foreign)]
async fn many_threads() {}

#[foster::test(start_paused = true, allow_foreign = false, flavor = "current_thread")]
async fn one_thread() {}

#[foster::test(start_paused = false, flavor = "multi_thread", crate = foster)]
async fn not_paused() {}

fn main() {}
