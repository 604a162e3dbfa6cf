use foster::{Handle, scope};

struct Page<'a> {
    title: Handle<'a, String>,
}

#[tokio::main]
async fn main() {
    let title = scope!(|s| {
        let page = Page { title: s.spawn(async { String::from("foster") }) };
        page.title.await
    })
    .await;
    println!("{title}");
}
