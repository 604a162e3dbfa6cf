use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        #[allow_unowned(reason = "its abort handle is needed")]
        let child = tokio::spawn(work(1));
        assert!(child.await.is_ok());
    })
    .await;
}
