use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let sum = tokio::task::spawn_blocking(|| 1 + 1).await.unwrap();
        assert_eq!(sum, 2);
    })
    .await;
}
