use foster::{Scope, scope};

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        Scope::launch(s, effect(1));
    })
    .await;
}
