use foster::scope;

async fn fallible(id: u32) -> Result<u32, std::io::Error> {
    Ok(id)
}

#[tokio::main]
async fn main() {
    scope!(|_| {
        _ = foster::try_scope!(|inner| -> Result<u32, std::io::Error> {
            Ok(inner.spawn(fallible(1)).await)
        })
        .await;
    })
    .await;
}
