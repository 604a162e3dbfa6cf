use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let children: Vec<_> = (0..3).map(|id| s.spawn(work(id))).collect();
        for child in children {
            child.await;
        }
    })
    .await;
}
