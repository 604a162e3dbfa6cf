use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let start = |id| {
            tokio::spawn(effect(id));
        };
        start(1);
    })
    .await;
}
