use foster::supervised;

struct Shop;

#[supervised(s)]
async fn asynchronous() {
    s.launch(async {});
}

trait Price {
    async fn no_body(&self);

    #[supervised(s)]
    fn boxed_by_hand(&self) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(async move { s.spawn(async { 1 }).await })
    }
}

impl Price for Shop {
    #[supervised]
    async fn no_body(&self) {}
}

#[tokio::main]
async fn main() {
    asynchronous().await;
    Shop.no_body().await;
    assert_eq!(Shop.boxed_by_hand().await, 1);
}
