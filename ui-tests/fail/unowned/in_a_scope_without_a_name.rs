use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|_| {
        tokio::spawn(effect(1));
    })
    .await;
}
