use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let _child = s.spawn(work(1)).await;
        work(2).await;
    })
    .await;
}
