use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut children = Vec::with_capacity(3);
        children.extend((0..3).map(|id| s.attempt(work(id))));
        for child in children {
            assert!(child.await.is_ok());
        }
    })
    .await;
}
