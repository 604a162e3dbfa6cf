use foster::scope;

#[tokio::main]
async fn main() {
    let text = String::from("text");
    let length = scope!(|mut s| { text.len() + s.live() }).await;
    assert_eq!(length, text.len());
}
