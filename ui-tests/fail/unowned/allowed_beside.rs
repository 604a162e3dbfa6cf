use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        #[allow_unowned(reason = "it is awaited")]
        let id = 1;
        let child = tokio::spawn(work(id));
        assert!(child.await.is_ok());
    })
    .await;
}
