#![deny(unused_must_use)]
use foster::{scope, shield};

#[tokio::main]
async fn main() {
    scope!(|s| s.launch(async {}));
    shield!(async {}.await);
}
