use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|_| 7).await;
}
