use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let spawner = s.spawner();
        s.launch(async move {
            spawner.launch(effect(1)).unwrap();
        });
    })
    .await;
}
