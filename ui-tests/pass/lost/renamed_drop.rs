use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        use std::mem::drop as let_go;
        let_go(s.spawn(work(1)).await);
    })
    .await;
}
