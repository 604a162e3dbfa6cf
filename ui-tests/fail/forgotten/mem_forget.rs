use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        std::mem::forget(s.spawn(work(1)));
    })
    .await;
}
