use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut children = Vec::new();
        for id in 0..3 {
            children.push(s.spawn(work(id)));
        }
    })
    .await;
}
