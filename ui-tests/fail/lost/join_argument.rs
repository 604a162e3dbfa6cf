use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        tokio::join!(work(1), async {
            s.spawn(effect(1));
        });
    })
    .await;
}
