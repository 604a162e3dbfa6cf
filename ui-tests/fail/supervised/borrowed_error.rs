use foster::supervised;

#[derive(Debug, PartialEq)]
struct Malformed<'a>(&'a str);

#[supervised(s)]
async fn parse(text: &str) -> Result<u32, Malformed<'_>> {
    s.launch(async { println!("counted") });
    text.parse().map_err(|_| Malformed(text))
}

#[tokio::main]
async fn main() {
    assert_eq!(parse("7").await, Ok(7));
}
