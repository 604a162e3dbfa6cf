use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut child = None;
        if s.live() == 0 {
            child = Some(s.spawn(work(1)));
        }
    })
    .await;
}
