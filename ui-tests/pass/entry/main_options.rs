#[foster::main(flavor = "current_thread", grace = "5s")]
async fn main() {}
