//! Expansions give no lint, in code that forbids what the workspace only warns of: as the crate of
//! a strict user would.
#![forbid(
    clippy::await_holding_lock,
    clippy::let_underscore_future,
    clippy::let_underscore_must_use,
    clippy::pedantic,
    clippy::redundant_closure_call,
    clippy::shadow_unrelated,
    clippy::unit_arg,
    clippy::used_underscore_binding,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    non_snake_case,
    single_use_lifetimes,
    unreachable_code,
    unsafe_code,
    unused,
    unused_braces,
    unused_lifetimes,
    unused_must_use,
    unused_mut,
    unused_parens,
    unused_qualifications,
    unused_variables
)]

use std::time::Duration;

use foster::{Interrupted, scope, shield, supervised, try_scope};
use tokio_util::sync::CancellationToken;

use crate::support::{Fault, both};

async fn scopes() -> u32 {
    let mut seen = 0;
    let one = scope!(|s| s.spawn(async { 1 }).await).await;
    let two = scope!(|s| { s.spawn(async { 2 }).await }).await;
    scope!(|_| seen += one).await;
    scope!(|s| {
        s.launch(async {});
        s.background(async {});
        s.interleave(async { seen += two });
    })
    .named("all kinds")
    .await;
    scope!(|_| {}).await;
    seen
}

async fn fail_fast() -> Result<u32, Fault> {
    let typed = try_scope!(|s| -> Result<u32, Fault> {
        let one = s.spawn(async { Ok::<_, Fault>(1) });
        if false {
            return Err(Fault("never"));
        }
        Ok(one.await)
    })
    .await?;
    let inferred: Result<u32, Fault> = try_scope!(|_| Ok(typed)).await;
    inferred
}

async fn bounded() -> Result<u32, Interrupted> {
    let hour = Duration::from_hours(1);
    scope!(|s| s.spawn(async { 1 }).await).within(hour).cancelled_by(CancellationToken::new()).await
}

async fn shields() -> u32 {
    let one = shield!(async { 1 }.await).await;
    let two = shield!({ async { 2 }.await }).named("two").await;
    let three = shield!({
        let three = async { 3 };
        three.await
    });
    one + two + three.within(Duration::from_hours(1)).await.unwrap_or_default()
}

#[supervised(s)]
async fn opted_out() -> u32 {
    #[allow_unowned(reason = "a test of the opt-out; it is awaited below")]
    let unowned = tokio::spawn(async { 1 });
    let owned = s.spawn(async { 2 });
    owned.await + unowned.await.unwrap_or_default()
}

/// What `#[foster::main]` makes of a function, which is not run here.
#[foster::main(flavor = "current_thread")]
async fn program() -> Result<(), Fault> {
    scope!(|s| s.launch(async {})).await;
    Ok(())
}

#[foster::test]
async fn expansions_give_no_lint() {
    std::hint::black_box::<fn() -> std::process::ExitCode>(program);
    assert_eq!(scopes().await, 3);
    assert_eq!(fail_fast().await, Ok(1));
    assert_eq!(bounded().await, Ok(1));
    assert_eq!(shields().await, 6);
    assert_eq!(opted_out().await, 3);
}

#[test]
fn expansions_give_no_lint_on_either_runtime() {
    both(async || {
        assert_eq!((scopes().await, shields().await), (3, 6));
    });
}
