use foster::scope;

#[tokio::main]
async fn main() {
    let text = String::from("borrowed");
    scope!(|s| {
        s.interleave(async {
            println!("{text}");
        });
    })
    .await;
}
