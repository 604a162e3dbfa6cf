use std::error::Error;

use foster::supervised;

#[derive(Debug, PartialEq)]
struct Malformed(String);

#[supervised(s)]
async fn parse(text: &str) -> Result<u32, Malformed> {
    s.launch(async { println!("counted") });
    text.parse().map_err(|_| Malformed(text.to_owned()))
}

#[supervised(s)]
async fn check(text: &str) -> Result<u32, Box<dyn Error>> {
    s.launch(async { println!("counted") });
    Ok(text.parse()?)
}

#[tokio::main]
async fn main() {
    assert_eq!(parse("7").await, Ok(7));
    assert_eq!(check("7").await.unwrap(), 7);
}
