//! What a crate of an earlier edition writes: `impl Trait` does not capture all lifetimes by itself,
//! `gen` is a name, and the temporaries of a last expression outlive the variables of its block.

use std::sync::{Arc, Mutex, PoisonError};

use foster::{scope, shield, supervised};

/// Borrows from two places, of which one is in the output.
#[supervised]
pub async fn or_else<'a>(text: &'a str, counts: &mut Vec<usize>) -> Option<&'a str> {
    counts.push(text.len());
    Some(text).filter(|text| !text.is_empty())
}

/// The same with a child, and lifetimes that are not written.
#[supervised(s)]
pub async fn sum(of: &[u32], into: &mut Vec<u32>) -> u32 {
    let of = of.to_vec();
    let sum = s.spawn(async move { of.iter().sum::<u32>() }).await;
    into.push(sum);
    sum
}

/// A trait whose implementations are supervised.
#[expect(async_fn_in_trait, reason = "what users write")]
pub trait Length {
    /// Returns the length of the longer one.
    async fn longer(&self, other: &str) -> usize;
}

impl Length for String {
    #[supervised]
    async fn longer(&self, other: &str) -> usize {
        self.len().max(other.len())
    }
}

/// A parameter, a field and a scope of the name that is a keyword since.
#[supervised(s)]
pub async fn seeded(gen: u32, Seed { gen: seed }: Seed, mut _gen: u32) -> u32 {
    _gen += 1;
    let sum = s.spawn(async move { gen + seed }).await;
    let twice = scope!(|gen| gen.spawn(async move { 2 * sum }).await).await;
    gen_of(twice).await
}

#[supervised(gen)]
async fn gen_of(r#gen_: u32) -> u32 {
    gen.interleave(async {});
    gen.spawn(async move { gen_ }).await
}

/// A generator, say.
#[derive(Debug)]
pub struct Seed {
    /// Where it begins.
    pub gen: u32,
}

/// What was dropped, in order.
pub type Log = Arc<Mutex<Vec<&'static str>>>;

struct OnDrop<'a>(&'static str, &'a Log);

impl OnDrop<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

/// Drops a local, and a temporary of its last expression.
pub async fn plain(log: &Log) -> usize {
    let _local = OnDrop("local", log);
    std::future::ready(()).await;
    OnDrop("temporary", log).len()
}

/// The same, supervised.
#[supervised]
pub async fn supervised_one(log: &Log) -> usize {
    let _local = OnDrop("local", log);
    OnDrop("temporary", log).len()
}

/// The same in a scope.
pub async fn in_a_scope(log: &Log) -> usize {
    scope!(|_| {
        let _local = OnDrop("local", log);
        OnDrop("temporary", log).len()
    })
    .await
}

/// The same in a shield.
pub async fn in_a_shield(log: Log) -> usize {
    shield!({
        let _local = OnDrop("local", &log);
        OnDrop("temporary", &log).len()
    })
    .await
}

/// Its last expression has a temporary that borrows a parameter.
#[supervised]
pub async fn locked(value: Mutex<u32>) -> u32 {
    *value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Its last expression has a temporary that borrows the scope.
#[supervised(s)]
pub async fn started() -> bool {
    s.spawn(async { 1 }).is_finished()
}

/// The same in a scope that is opened.
pub async fn started_in_a_scope() -> bool {
    scope!(|s| { s.spawn(async { 1 }).is_finished() }).await
}
