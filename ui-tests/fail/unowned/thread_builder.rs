use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let thread = std::thread::Builder::new().name("sum".into()).spawn(|| 1 + 1);
        assert!(thread.is_ok());
    })
    .await;
}
