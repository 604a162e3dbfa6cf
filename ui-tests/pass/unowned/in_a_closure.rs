use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let start = |id| {
            s.launch(effect(id));
        };
        start(1);
    })
    .await;
}
