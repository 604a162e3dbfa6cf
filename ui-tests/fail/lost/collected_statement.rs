use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        (0..3).map(|id| s.spawn(work(id))).collect::<Vec<_>>();
    })
    .await;
}
