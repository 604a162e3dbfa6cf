use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut children = Vec::new();
        children.push(s.spawn(work(1)).await);
        children
    })
    .await;
}
