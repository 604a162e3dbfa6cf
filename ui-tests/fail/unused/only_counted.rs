use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut children = vec![s.spawn(work(1))];
        children.push(s.spawn(work(2)));
        assert_eq!(children.len(), 2);
    })
    .await;
}
