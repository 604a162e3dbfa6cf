use foster::Supervisor;

#[tokio::main]
async fn main() {
    let sup = Supervisor::builder("shop").build();
    let price = sup.attempt(async { 7 });
    println!("{:?}", price.await);
}
