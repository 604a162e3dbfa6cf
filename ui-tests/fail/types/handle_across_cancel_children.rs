use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let handle = s.spawn(async { 1 });
        s.cancel_children().await;
        handle.await
    })
    .await;
}
