use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|_| {
        vec![scope!(|_| { work(1).await })];
    })
    .await;
}
