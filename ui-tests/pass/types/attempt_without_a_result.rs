use std::io;

use foster::Supervisor;

#[tokio::main]
async fn main() {
    let sup = Supervisor::builder("shop").build();
    let price = sup.attempt(async { io::Result::Ok(7) });
    println!("{:?}", price.await);
}
