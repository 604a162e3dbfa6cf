use foster::scope;

#[tokio::main]
async fn main() {
    let mut handles = Vec::new();
    scope!(|s| {
        handles.push(s.spawn(async { 1 }));
    })
    .await;
}
