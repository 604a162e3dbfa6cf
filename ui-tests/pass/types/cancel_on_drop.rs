use foster::{BoxError, Supervisor, scope};

async fn work(id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

#[tokio::main]
async fn main() {
    let supervisor = Supervisor::builder("shop").build();
    scope!(|_| {
        let child = supervisor.attempt(work(1)).cancel_on_drop();
        child.await.expect("it does not fail")
    })
    .await;
}
