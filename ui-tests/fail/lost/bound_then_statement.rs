use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.attempt(work(1));
        child;
    })
    .await;
}
