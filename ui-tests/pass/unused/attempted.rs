use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let extra = s.attempt(work(1));
        work(2).await;
        assert!(extra.await.is_ok());
    })
    .await;
}
