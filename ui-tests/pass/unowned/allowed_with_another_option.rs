use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        #[allow_unowned(reason = "it ends with main")]
        tokio::spawn(effect(1));
    })
    .await;
}
