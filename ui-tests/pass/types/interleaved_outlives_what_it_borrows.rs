use foster::scope;

#[tokio::main]
async fn main() {
    let local = String::from("of the function around");
    scope!(|s| {
        s.interleave(async { println!("{local}") });
    })
    .await;
}
