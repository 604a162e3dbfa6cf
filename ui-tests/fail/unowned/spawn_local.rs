use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        tokio::task::spawn_local(async {});
    })
    .await;
}
