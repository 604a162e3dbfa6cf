use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        use std::mem::forget;
        let child = s.spawn(work(1));
        forget(child.await);
    })
    .await;
}
