use std::time::Duration;

use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|_| {
        let inner = scope!(|_| { work(1).await }).named("inner").within(Duration::from_secs(1));
    })
    .await;
}
