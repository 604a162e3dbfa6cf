use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        for id in 0..3 {
            s.launch(effect(id));
        }
    })
    .await;
}
