use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    let slot;
    scope!(|s| {
        let child = s.spawn(work(1));
        slot = Some(child);
    })
    .await;
    assert!(slot.is_some());
}
