#[foster::test]
async fn asynchronous() {}

#[foster::test]
#[should_panic(expected = "a price")]
#[ignore = "it takes long"]
async fn attributes() -> () {
    panic!("a price");
}

fn main() {}
