use foster::try_scope;

#[derive(Debug)]
struct ShopError;

async fn audit() -> Result<(), std::io::Error> {
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), ShopError> {
    try_scope!(|s| {
        s.launch(audit());
        Ok(())
    })
    .await
}
