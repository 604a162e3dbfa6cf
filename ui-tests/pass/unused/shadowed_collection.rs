use foster::scope;

async fn work(id: u32) {
    println!("{id}");
}

fn children_at_most() -> u32 {
    3
}

#[tokio::main]
async fn main() {
    scope!(|s| {
        s.launch(work(1));
        s.launch(work(2));
        let children = s.spawn(work(children_at_most()));
        children.await;
    })
    .await;
}
