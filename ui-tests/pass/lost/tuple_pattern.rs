use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let (one, two) = (s.spawn(work(1)), s.spawn(work(2)));
        one.await;
        two.await;
    })
    .await;
}
