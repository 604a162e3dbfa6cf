use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let both = async {
            s.spawn(work(1));
            work(2).await
        };
        both.await;
    })
    .await;
}
