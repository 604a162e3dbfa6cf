use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.interleave(async {});
    })
    .await;
}
