use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.spawn(work(1));
        let child = s.spawn(work(child.await));
        child.await;
    })
    .await;
}
