use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.spawn(effect(1));
        child.await;
    })
    .await;
}
