use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        tokio::select! {
        id = work(1) => { s.spawn(effect(id)); }
        _ = work(2) => {}
        }
    })
    .await;
}
