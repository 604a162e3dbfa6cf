use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        (0..3).map(effect).for_each(|effect| s.launch(effect));
    })
    .await;
}
