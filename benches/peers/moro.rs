//! moro-local: children that run on the scope's own task.

use std::hint::black_box;

use foster_benches::children;
use foster_benches::command::Operations;

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "interleave" => Box::pin(request(n)),
        "empty" => Box::pin(empty(n)),
        _ => return None,
    })
}

async fn request(n: usize) {
    for i in 0..n {
        let total = moro_local::async_scope!(|scope| {
            let user = scope.spawn(children::two_yields(i));
            let orders = scope.spawn(children::two_yields(i));
            let prices = scope.spawn(children::two_yields(i));
            user.await + orders.await + prices.await
        });
        black_box(total.await);
    }
}

async fn empty(n: usize) {
    for i in 0..n {
        black_box(moro_local::async_scope!(|_scope| black_box(i)).await);
    }
}
