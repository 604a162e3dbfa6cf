use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        for id in 0..3 {
            s.spawn(effect(id));
        }
    })
    .await;
}
