//! Supervised functions of a crate of edition 2021.

use foster::supervised;

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
