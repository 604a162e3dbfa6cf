use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let sum = s.spawn_blocking(|| 1 + 1).await;
        assert_eq!(sum, 2);
    })
    .await;
}
