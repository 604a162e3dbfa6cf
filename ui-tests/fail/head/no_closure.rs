use foster::scope;

fn main() {
    let _ = scope!({ 1 });
    let _ = scope!();
}
