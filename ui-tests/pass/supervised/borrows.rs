use foster::supervised;

#[supervised]
async fn error_is_not_static<'a>(text: &'a str) -> Result<u32, &'a str> {
    Err(text)
}

#[supervised(s)]
async fn argument_moved_once(name: String) -> usize {
    let len = name.len();
    s.launch(async move { drop(name) });
    len
}

#[supervised(s)]
async fn child_owns(name: &str) {
    let name = name.to_owned();
    s.launch(async move { println!("{name}") });
}

#[supervised(s)]
async fn handle_is_awaited() -> u32 {
    s.spawn(async { 1 }).await
}

#[tokio::main]
async fn main() {
    assert_eq!(error_is_not_static("text").await, Err("text"));
    assert_eq!(argument_moved_once("name".to_owned()).await, 4);
    child_owns("name").await;
    assert_eq!(handle_is_awaited().await, 1);
}
