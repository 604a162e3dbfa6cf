use foster::scope;

#[tokio::main]
async fn main() {
    let _value = scope!(|s| { s.spawn(async { 1 }).await }).await;
}
