use foster::{scope, shield};

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|_| {
        let charge = shield!(work(1).await);
        drop(charge);
    })
    .await;
}
