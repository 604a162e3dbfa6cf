//! `zksync_concurrency`: a scope whose tasks borrow; each is boxed, and the body is one of them.
//!
//! Its tasks are asked to end, by a context, and not cancelled.

use std::hint::black_box;

use foster_benches::children::{self, Refused};
use foster_benches::command::Operations;
use foster_benches::park_one;
use zksync_concurrency::{ctx, scope};

pub(crate) fn row(name: &str, n: usize) -> Option<Operations> {
    Some(match name {
        "ready" => Box::pin(ready(n)),
        "yield" => Box::pin(one_yield(n)),
        "one" => Box::pin(scope_of_one(n)),
        "request" => Box::pin(request(n)),
        "handler" => Box::pin(handler(n)),
        "empty" => Box::pin(empty(n)),
        _ => return None,
    })
}

async fn ready(n: usize) {
    let ended: Result<(), Refused> = scope::run!(&ctx::root(), |ctx, s| async {
        let tasks: Vec<_> = (0..n).map(|i| s.spawn(children::try_ready(i))).collect();
        for task in tasks {
            black_box(task.join(ctx).await.is_ok());
        }
        Ok(())
    })
    .await;
    black_box(ended.is_ok());
}

async fn one_yield(n: usize) {
    let ended: Result<(), Refused> = scope::run!(&ctx::root(), |ctx, s| async {
        let tasks: Vec<_> = (0..n).map(|i| s.spawn(children::try_one_yield(i))).collect();
        for task in tasks {
            black_box(task.join(ctx).await.is_ok());
        }
        Ok(())
    })
    .await;
    black_box(ended.is_ok());
}

async fn scope_of_one(n: usize) {
    let root = ctx::root();
    for _ in 0..n {
        let ended: Result<(), Refused> = scope::run!(&root, |ctx, s| async {
            s.spawn(async {
                ctx.canceled().await;
                Ok(())
            });
            park_one().await;
            s.cancel();
            Ok(())
        })
        .await;
        black_box(ended.is_ok());
    }
}

async fn request(n: usize) {
    let root = ctx::root();
    for i in 0..n {
        let total: Result<usize, Refused> = scope::run!(&root, |ctx, s| async {
            let user = s.spawn(children::try_two_yields(i));
            let orders = s.spawn(children::try_two_yields(i));
            let prices = s.spawn(children::try_two_yields(i));
            let mut total = 0;
            for part in [user, orders, prices] {
                total += part.join(ctx).await.map_err(|_| Refused)?;
            }
            Ok(total)
        })
        .await;
        black_box(total.is_ok());
    }
}

async fn handler(n: usize) {
    for i in 0..n {
        let handler = tokio::spawn(async move {
            let value: Result<usize, Refused> = scope::run!(&ctx::root(), |ctx, s| async {
                s.spawn(children::try_one_yield(i)).join(ctx).await.map_err(|_| Refused)
            })
            .await;
            black_box(value.is_ok());
        });
        handler.await.expect("it does not panic");
    }
}

async fn empty(n: usize) {
    let root = ctx::root();
    for i in 0..n {
        let ended: Result<usize, Refused> =
            scope::run!(&root, |_ctx, _s| async { Ok(black_box(i)) }).await;
        black_box(ended.is_ok());
    }
}
