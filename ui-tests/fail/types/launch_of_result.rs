use foster::scope;

async fn audit() -> Result<(), std::io::Error> {
    Ok(())
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.launch(audit());
    })
    .await;
}
