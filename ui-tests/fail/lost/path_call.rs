use foster::{Scope, scope};

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        Scope::spawn(s, effect(1));
    })
    .await;
}
