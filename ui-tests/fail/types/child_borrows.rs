use foster::scope;

#[tokio::main]
async fn main() {
    let text = String::from("borrowed");
    scope!(|s| {
        s.launch(async {
            println!("{text}");
        });
    })
    .await;
}
