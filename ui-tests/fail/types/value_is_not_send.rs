use std::rc::Rc;

use foster::scope;

#[tokio::main]
async fn main() {
    scope!(|s| {
        let local = s.spawn(async { Rc::new(1) });
        println!("{}", local.await);
    })
    .await;
}
