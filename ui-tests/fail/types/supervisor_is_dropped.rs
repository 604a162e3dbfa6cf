#![deny(unused_must_use)]

use foster::Supervisor;

#[tokio::main]
async fn main() {
    Supervisor::builder("shop").build();
}
