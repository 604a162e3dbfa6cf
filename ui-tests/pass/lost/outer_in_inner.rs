use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        scope!(|inner| {
            s.launch(effect(1));
            inner.live();
        })
        .await;
    })
    .await;
}
