use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    let mut slot = None;
    scope!(|s| {
        let child = s.spawn(work(1));
        slot = Some(child);
    })
    .await;
    assert!(slot.is_some());
}
