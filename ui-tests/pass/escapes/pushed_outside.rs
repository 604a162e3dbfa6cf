use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    let mut children = Vec::new();
    scope!(|s| {
        children.push(s.spawn(work(1)).await);
    })
    .await;
}
