use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let id = Some(1);
        id.map(|id| s.launch(effect(id)));
    })
    .await;
}
