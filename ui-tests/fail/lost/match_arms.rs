use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let id = 1;
        _ = match id {
            0 => s.spawn(work(0)),
            _ => s.spawn(work(id)),
        };
    })
    .await;
}
