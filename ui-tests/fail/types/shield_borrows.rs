use foster::shield;

async fn charge(order: &str) -> usize {
    order.len()
}

#[tokio::main]
async fn main() {
    let order = String::from("order 1");
    let order = &order;
    println!("{}", shield!(charge(order).await).await);
}
