use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut values = Vec::new();
        for child in (0..3).map(|id| s.spawn(work(id))).collect::<Vec<_>>() {
            values.push(child.await);
        }
        values
    })
    .await;
}
