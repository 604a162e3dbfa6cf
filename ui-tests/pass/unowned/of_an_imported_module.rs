use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.spawn_blocking(|| {}).await;
    })
    .await;
}
