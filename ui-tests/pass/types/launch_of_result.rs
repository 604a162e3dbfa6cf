use foster::try_scope;

async fn audit() -> Result<(), std::io::Error> {
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    try_scope!(|s| {
        s.launch(audit());
        Ok(())
    })
    .await
}
