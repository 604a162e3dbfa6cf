use foster::scope;

#[tokio::main]
async fn main() {
    let _handle = scope!(|s| { s.spawn(async { 1 }) }).await;
}
