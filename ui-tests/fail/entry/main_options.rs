#[foster::main(flavour = "current_thread", grace = 5, grace = "5 parsecs", worker_threads = 0)]
fn main() {}
