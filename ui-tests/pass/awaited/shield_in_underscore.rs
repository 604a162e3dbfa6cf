use foster::{scope, shield};

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|_| {
        let _ = shield!({ work(1).await }).named("work").await;
    })
    .await;
}
