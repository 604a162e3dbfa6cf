use foster::Supervisor;

#[tokio::main]
async fn main() {
    let name = String::from("shop");
    let sup = Supervisor::builder("shop").build();
    sup.launch(async { println!("{name}") });
    println!("{}", sup.join().await);
}
