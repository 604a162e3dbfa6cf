use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut set = Vec::new();
        set.push(s.spawn(work(1)));
        set.remove(0).await;
    })
    .await;
}
