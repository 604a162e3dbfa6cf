use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|_| {
        scope!(|inner| {
            inner.launch(effect(1));
        });
    })
    .await;
}
