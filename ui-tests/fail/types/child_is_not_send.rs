use std::rc::Rc;

use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.launch(async {
            let local = Rc::new(1);
            tokio::task::yield_now().await;
            println!("{local}");
        });
    })
    .await;
}
