use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.spawn(work(1));
        let next = s.spawn({
            let id = 2;
            async move { child.await + id }
        });
        next.await;
    })
    .await;
}
