#![deny(unused_must_use)]

use foster::Supervisor;

#[tokio::main]
async fn main() {
    println!("{}", Supervisor::builder("shop").build().join().await);
}
