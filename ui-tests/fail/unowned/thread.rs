use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let sum = std::thread::spawn(|| 1 + 1).join().unwrap();
        assert_eq!(sum, 2);
    })
    .await;
}
