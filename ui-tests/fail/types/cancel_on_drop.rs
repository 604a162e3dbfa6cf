use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.spawn(work(1)).cancel_on_drop();
        child.await
    })
    .await;
}
