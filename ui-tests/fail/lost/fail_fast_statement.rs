use foster::try_scope;

async fn fallible() -> Result<(), std::io::Error> {
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    try_scope!(|s| {
        s.spawn(fallible());
        Ok(())
    })
    .await
}
