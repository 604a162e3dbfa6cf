use foster::try_scope;

async fn fallible(id: u32) -> Result<u32, std::io::Error> {
    Ok(id)
}

#[tokio::main]
async fn main() {
    let page = try_scope!(|s| -> Result<_, std::io::Error> {
        let child = s.spawn(fallible(1));
        fallible(2).await?;
        Ok(child.await)
    });
    assert!(page.await.is_ok());
}
