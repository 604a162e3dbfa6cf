use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let id = 1;
        #[allow_unowned(reason = "it is awaited")]
        let child = tokio::spawn(work(id));
        assert!(child.await.is_ok());
    })
    .await;
}
