use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.attempt(work(1)).await.expect("it does not panic");
    })
    .await;
}
