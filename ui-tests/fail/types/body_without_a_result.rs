use foster::try_scope;

#[tokio::main]
async fn main() {
    try_scope!(|_| 7).await;
}
