use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        match s.live() {
            0 => {
                let child = s.spawn(work(1));
            }
            _ => {}
        }
    })
    .await;
}
