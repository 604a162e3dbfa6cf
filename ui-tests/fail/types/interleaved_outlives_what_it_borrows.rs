use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let local = String::from("of the body");
        s.interleave(async { println!("{local}") });
    })
    .await;
}
