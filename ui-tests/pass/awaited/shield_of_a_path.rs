use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        if s.live() == 0 {
            foster::shield! { effect(1).await }.await;
        }
    })
    .await;
}
