use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let value = s.spawn(async { 1 }).await;
        s.launch(async move {
            println!("{value}");
        });
    })
    .await;
}
