use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let sum = s.spawn_blocking(|| 1 + 1);
        assert_eq!(sum.await, 2);
    })
    .await;
}
