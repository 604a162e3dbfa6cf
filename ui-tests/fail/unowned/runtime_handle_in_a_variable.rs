use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let runtime = tokio::runtime::Handle::current();
        let sum = runtime.spawn_blocking(|| 1 + 1);
        assert!(sum.await.is_ok());
    })
    .await;
}
