use std::collections::HashMap;

use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let mut children = HashMap::new();
        children.insert("one", s.spawn(work(1)));
        children.remove("one").unwrap().await;
    })
    .await;
}
