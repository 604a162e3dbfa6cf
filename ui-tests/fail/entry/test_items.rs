#[foster::test]
struct Shop;

#[foster::test]
fn sync() {}

#[foster::test]
fn everything<T>(_: T) {}

#[foster::test]
async fn parameters(_price: u32, _count: u32) {}

#[foster::test]
#[test]
async fn twice() {}

fn main() {}
