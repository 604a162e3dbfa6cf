use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        scope!(|inner| {
            s.spawn(effect(1));
            inner.live();
        })
        .await;
    })
    .await;
}
