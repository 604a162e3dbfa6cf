use std::sync::Arc;

use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let shared = s.spawn(async { Arc::new(1) });
        println!("{}", shared.await);
    })
    .await;
}
