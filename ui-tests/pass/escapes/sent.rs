use foster::scope;
use tokio::sync::mpsc;

async fn work(id: u32) -> u32 {
    id
}

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    scope!(|s| {
        let child = s.spawn(work(1));
        sender.send(child.await).await.unwrap();
    })
    .await;
    receiver.recv().await;
}
