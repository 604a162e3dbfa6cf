use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        (0..3).for_each(|id| {
            s.spawn(effect(id));
        });
    })
    .await;
}
