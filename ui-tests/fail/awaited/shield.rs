use foster::{scope, shield};

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|_| {
        shield!(effect(1).await);
    })
    .await;
}
