use foster::scope;

#[tokio::main]
async fn main() {
    let mut values = Vec::new();
    scope!(|s| {
        values.push(s.spawn(async { 1 }).await);
    })
    .await;
}
