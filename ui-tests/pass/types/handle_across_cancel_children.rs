use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let handle = s.spawn(async { 1 });
        handle.await;
        s.cancel_children().await;
    })
    .await;
}
