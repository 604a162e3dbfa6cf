#[foster::test(flavour = "multi_thread", flavor = "threads", grace = "5s", timeout = 5)]
async fn unknown() {}

#[foster::test(worker_threads = 2)]
async fn one_thread_has_no_workers() {}

#[foster::test(flavor = "multi_thread", start_paused = true, timeout = "a while")]
async fn only_one_thread_has_a_clock_that_pauses() {}

#[foster::test(allow_foreign = "yes", allow_foreign, "60s", worker_threads = two, timeout)]
async fn wrong_values() {}

fn main() {}
