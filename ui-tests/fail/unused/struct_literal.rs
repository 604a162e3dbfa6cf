use foster::{Handle, scope};

async fn work(id: u32) -> u32 {
    id
}

struct Page<'s> {
    user: Handle<'s, u32>,
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        let page = Page { user: s.spawn(work(1)) };
    })
    .await;
}
