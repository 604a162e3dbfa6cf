use foster::supervised;

#[supervised(s, name = "shop", crate = foster)]
async fn options() {
    s.launch(async {});
}

#[supervised(name = "shop", s,)]
async fn in_any_order() {
    s.launch(async {});
}

#[supervised()]
async fn no_name() {}

#[supervised(t)]
async fn free(s: u32) {
    t.launch(async move { println!("{s}") });
}

#[tokio::main]
async fn main() {
    options().await;
    in_any_order().await;
    no_name().await;
    free(1).await;
}
