use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let id: Option<u32> = None;
        let Some(id) = id else {
            s.launch(effect(0));
            return;
        };
        effect(id).await;
    })
    .await;
}
