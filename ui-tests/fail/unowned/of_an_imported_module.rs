use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        use tokio::task;
        task::spawn_blocking(|| {}).await.unwrap();
    })
    .await;
}
