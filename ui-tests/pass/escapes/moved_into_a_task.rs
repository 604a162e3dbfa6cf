use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let child = s.spawn(work(1));
        let child = child.await;
        s.launch(async move {
            effect(child).await;
        });
    })
    .await;
}
