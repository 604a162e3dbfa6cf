use foster::supervised;

#[supervised(s, s, nam = "shop", name = 5, name = "shop", crate = "foster", crate)]
async fn options() {
    s.launch(async {});
}

#[supervised(s, t)]
async fn two_names() {
    s.launch(async {});
}

#[supervised(_)]
async fn no_name() {}

#[supervised(s name = "shop", 5, name)]
async fn no_comma() {
    s.launch(async {});
}

#[supervised(s)]
async fn taken(s: u32) {}

fn main() {}
