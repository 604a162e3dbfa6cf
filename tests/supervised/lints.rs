//! A supervised function gives no lint that a plain one would not, and silences none.
#![deny(
    clippy::let_underscore_must_use,
    clippy::pedantic,
    clippy::shadow_unrelated,
    clippy::used_underscore_binding,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    unused,
    unused_qualifications,
    warnings
)]
#![forbid(unsafe_code)]

use foster::supervised;

use crate::support::both;

/// Each `expect` is met: the body is linted as that of a plain function.
#[supervised]
#[expect(unused_variables, unused_mut, unreachable_code, reason = "each is there to be seen")]
async fn lints_are_seen(unused: u32, mut unchanged: u32, (left, right): (u32, u32)) -> u32 {
    return unchanged + left;
    1
}

/// Lint levels go along with a parameter.
#[supervised(s)]
async fn levels(
    #[expect(unused_variables, reason = "it is there to be seen")] expected: u32,
    #[cfg(false)] absent: Absent,
    #[cfg(true)] present: u32,
) -> u32 {
    #![expect(unused_mut, reason = "it is there to be seen")]
    let mut n = s.spawn(async { 1 }).await;
    n + present
}

#[supervised(s)]
async fn underscore(_unused: u32, _: u32) -> u32 {
    s.spawn(async { 1 }).await
}

#[test]
fn lints_are_those_of_a_plain_function() {
    both(async || {
        assert_eq!(lints_are_seen(0, 1, (2, 3)).await, 3);
        assert_eq!(levels(0, 1).await, 2);
        assert_eq!(underscore(0, 0).await, 1);
    });
}
