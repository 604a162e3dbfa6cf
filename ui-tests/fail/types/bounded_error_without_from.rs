use std::time::Duration;

use foster::try_scope;

#[tokio::main]
async fn main() -> Result<(), std::fmt::Error> {
    try_scope!(|_| { Ok(()) }).within(Duration::from_secs(1)).await
}
