use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        scope!(|inner| {
            let child = s.spawn(work(1));
            inner.live();
            child.await;
        })
        .await;
    })
    .await;
}
