use foster::scope;

#[tokio::main]
async fn main() {
    let text = String::from("text");
    let length = scope!(|_| { text.len() }).await;
    assert_eq!(length, text.len());
}
