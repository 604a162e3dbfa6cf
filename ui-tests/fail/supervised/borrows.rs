// What types and borrows say: at the user's own words, as in a plain function.
use foster::supervised;

#[supervised(s)]
async fn error_is_not_static<'a>(text: &'a str) -> Result<u32, &'a str> {
    s.launch(async {});
    Err(text)
}

#[supervised(s)]
async fn argument_moved_twice(name: String) -> usize {
    s.launch(async move { drop(name) });
    name.len()
}

#[supervised(s)]
async fn child_borrows_argument(name: &str) {
    s.launch(async move { println!("{name}") });
}

#[supervised(s)]
async fn handle_escapes() -> foster::Handle<'static, u32> {
    s.spawn(async { 1 })
}

fn main() {}
