use foster::scope;

async fn price() -> u32 {
    7
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.launch(price());
    })
    .await;
}
