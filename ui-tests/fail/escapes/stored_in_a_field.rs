use foster::scope;

async fn work(id: u32) -> u32 {
    id
}

struct Page<T> {
    user: Option<T>,
}

impl<T> Page<T> {
    fn user(&self) -> bool {
        self.user.is_some()
    }
}

#[tokio::main]
async fn main() {
    let mut page = Page { user: None };
    scope!(|s| {
        page.user = Some(s.spawn(work(1)));
    })
    .await;
    assert!(page.user());
}
