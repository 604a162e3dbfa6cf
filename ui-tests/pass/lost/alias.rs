use foster::scope;

async fn effect(_: u32) {}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let also = &*s;
        also.launch(effect(1));
    })
    .await;
}
