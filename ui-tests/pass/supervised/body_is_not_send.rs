use std::sync::Arc;

use foster::supervised;

#[supervised(s)]
async fn count(word: &str) -> usize {
    let word = Arc::new(word.to_owned());
    s.spawn(async { println!("counted") }).await;
    word.len()
}

#[tokio::main]
async fn main() {
    tokio::spawn(count("seven")).await.unwrap();
}
