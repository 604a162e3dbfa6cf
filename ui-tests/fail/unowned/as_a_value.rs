use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        (0..3).map(effect).map(tokio::spawn).for_each(drop);
    })
    .await;
}
