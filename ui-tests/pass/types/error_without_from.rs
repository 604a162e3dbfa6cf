use foster::try_scope;

#[derive(Debug)]
struct ShopError;

impl From<std::io::Error> for ShopError {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

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
