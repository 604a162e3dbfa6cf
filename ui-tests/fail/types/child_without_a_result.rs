use std::io;

use foster::try_scope;

#[tokio::main]
async fn main() -> io::Result<()> {
    try_scope!(|s| -> io::Result<()> {
        let price = s.spawn(async { 7 });
        println!("{}", price.await);
        Ok(())
    })
    .await
}
