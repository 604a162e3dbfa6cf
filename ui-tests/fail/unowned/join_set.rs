use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut set = tokio::task::JoinSet::new();
        set.spawn(work(1));
        set.join_next().await;
    })
    .await;
}
