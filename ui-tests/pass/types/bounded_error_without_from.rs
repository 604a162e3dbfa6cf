use std::time::Duration;

use foster::{BoxError, try_scope};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    try_scope!(|_| { Ok(()) }).within(Duration::from_secs(1)).await
}
