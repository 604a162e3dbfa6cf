use std::sync::Arc;

use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.launch(async {
            let shared = Arc::new(1);
            tokio::task::yield_now().await;
            println!("{shared}");
        });
    })
    .await;
}
