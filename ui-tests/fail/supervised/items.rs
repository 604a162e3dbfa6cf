use foster::supervised;

#[supervised(s)]
struct Shop;

#[supervised]
unsafe impl Send for Shop {}

#[supervised]
pub(crate) const PRICE: u32 = 1;

#[supervised(s)]
fn sync() {}

#[supervised]
const fn constant() {}

trait Price {
    #[supervised]
    async fn no_body(&self);

    #[supervised(s)]
    fn boxed_by_hand(&self) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
        let future = async move { 1 };
        Box::pin(future)
    }
}

fn main() {}
