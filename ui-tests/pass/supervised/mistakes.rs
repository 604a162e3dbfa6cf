use foster::supervised;

#[derive(Debug)]
struct ShopError;

#[supervised(s)]
async fn ten(mut seen: Vec<u32>, name: String) -> Result<u32, ShopError> {
    s.launch(async { Ok::<(), ShopError>(()) });
    let number: u32 = 1;
    seen.push(2);
    drop(name.into_bytes());
    let five: Option<u32> = Some(5);
    if number == 6 {
        return Ok(7);
    }
    Ok(match five {
        Some(_) => 8,
        None => 9,
    })
}

#[tokio::main]
async fn main() {
    assert_eq!(ten(vec![1], "name".to_owned()).await.unwrap(), 8);
}
