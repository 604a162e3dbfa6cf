use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut ids = vec![1, 2];
        while let Some(id) = ids.pop() {
            drop(s.spawn(work(id)).await);
        }
    })
    .await;
}
