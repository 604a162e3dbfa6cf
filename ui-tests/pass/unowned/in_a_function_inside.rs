use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        async fn start(id: u32) {
            effect(id).await;
        }
        s.launch(start(1));
    })
    .await;
}
