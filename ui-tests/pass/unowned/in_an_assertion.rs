use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        assert!(s.attempt(work(1)).await.is_ok());
    })
    .await;
}
