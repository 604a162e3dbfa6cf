use foster::supervised;

#[derive(Debug, PartialEq)]
struct Malformed(String);

#[supervised(s)]
async fn parse(text: &str) -> Result<u32, Malformed> {
    s.launch(async { println!("counted") });
    text.parse().map_err(|_| Malformed(text.to_owned()))
}

#[tokio::main]
async fn main() {
    assert_eq!(parse("7").await, Ok(7));
}
