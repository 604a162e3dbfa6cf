// Each mistake gets the error that it gets in a plain function, and no other.
use foster::supervised;

#[derive(Debug)]
struct ShopError;

#[supervised(s)]
async fn ten(mut seen: Vec<u32>, name: String) -> Result<u32, ShopError> {
    s.launch(async { Ok::<(), ShopError>(()) });
    let number: u32 = "1".to_string();
    seen.push("two");
    drop(name.into_bytes(3));
    nowhere += 4;
    let five: Option<u32> = 5;
    six();
    if number { return Ok("seven"); }
    match five { Some(_) => 8, None => "nine" };
    Ok("ten")
}

fn main() {}
