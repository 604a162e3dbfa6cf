//! Broken Rust, of which there is more in an editor than of any other: no macro panics over it, and
//! each keeps the user's tokens.

use std::fs;
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::properties;

const ROUNDS: usize = 1_000;
/// Longer bodies take longer, and find no more.
const LONGEST: usize = 250;

/// Any generator will do; this one is short, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// The repository's own tests and examples: real code for the macros.
struct Sources {
    /// What stands in braces.
    bodies: Vec<TokenStream>,
    /// Async functions, from their `async`.
    functions: Vec<TokenStream>,
}

impl Sources {
    fn collect() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let functions = FUNCTIONS.map(|function| TokenStream::from_str(function).unwrap());
        let mut found = Self { bodies: Vec::new(), functions: functions.into() };
        for folder in ["tests", "examples/shop"] {
            let entries = fs::read_dir(root.join(folder)).unwrap();
            let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            files.sort();
            for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
                let text = fs::read_to_string(file).unwrap();
                found.look_into(TokenStream::from_str(&text).unwrap());
            }
        }
        found
    }

    fn look_into(&mut self, tokens: TokenStream) {
        let mut head = Vec::new();
        for token in tokens {
            match &token {
                TokenTree::Ident(word) if word == "async" => head.clear(),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let inside = group.stream();
                    let length = properties::flat(&inside).len();
                    if (6..LONGEST).contains(&length) {
                        self.bodies.push(inside);
                        head.push(token.clone());
                        if let [TokenTree::Ident(first), TokenTree::Ident(second), ..] = &head[..]
                            && first == "async"
                            && second == "fn"
                        {
                            self.functions.push(head.drain(..).collect());
                        }
                    }
                    head.clear();
                }
                _ => {}
            }
            if let TokenTree::Group(group) = &token {
                self.look_into(group.stream());
            }
            head.push(token);
        }
    }
}

/// What heads have, and few of the sources.
const FUNCTIONS: [&str; 3] = [
    "#[doc = \"d\"] pub(crate) async unsafe fn f<'a, T, const N: usize>(mut self: Arc<Self>, (a, _): P, _: [T; N],
        #[cfg(unix)] ref mut b: B) -> Result<impl Iterator<Item = &'a T>, E> where T: Send { #![allow(unused)] w().await }",
    "fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> { Box::pin(async move { s.spawn(w()).await }) }",
    "async fn main() -> ! { loop { w().await } }",
];

/// What stands in the attributes.
const OPTIONS: [&str; 5] = [
    "",
    "s",
    "s, name = \"f\", crate = ::foster",
    "flavor = \"multi_thread\", worker_threads = 2, grace = \"5s\", cancel_within = \"30s\"",
    "start_paused, allow_foreign, timeout = \"10s\"",
];

/// What the rules look for, to be put where nobody expects it.
const WORDS: &str = "s s.spawn(w()) let _ = ; h drop(h) => |t| || -> :: tokio::spawn .await , #[allow_unowned(reason = \"r\")]
    #[allow_unowned] # ! scope!(|t| t.live()) shield!(w()) use tokio::* ; match if let Some(h) else { } ( ) [ ] select!
    { _ = h => { } } vec![s.spawn(w()); 2] r#s 'a break 'a s.spawn(w()) return h ? move async { h } .. & *";

/// What the rules look for, whole.
const STATEMENTS: [&str; 6] = [
    "s.spawn(w());",
    "let h = s.attempt(w());",
    "let mut hs = Vec::new(); hs.push(s.spawn(w()));",
    "tokio::spawn(w());",
    "#[allow_unowned(reason = \"r\")] tokio::spawn(w());",
    "drop(h); shield!(w()); scope!(|t| { s.spawn(w()); tokio::spawn(w()); });",
];

struct Mutator {
    random: Random,
    words: Vec<TokenTree>,
}

impl Mutator {
    fn new(seed: u64) -> Self {
        let words = TokenStream::from_str(WORDS).unwrap().into_iter().collect();
        Self { random: Random(seed), words }
    }

    fn mutate(&mut self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let at = self.random.below(tokens.len());
        match self.random.below(8) {
            0 if !tokens.is_empty() => drop(tokens.remove(at)),
            1 if !tokens.is_empty() => tokens.insert(at, tokens[at].clone()),
            2 if tokens.len() > 1 => {
                let other = self.random.below(tokens.len());
                tokens.swap(at, other);
            }
            3 => tokens.insert(at, self.words[self.random.below(self.words.len())].clone()),
            4 => {
                let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(end) if end.as_char() == ';');
                let at = tokens.iter().skip(at).position(ends).map_or(0, |after| at + after + 1);
                let statement = STATEMENTS[self.random.below(STATEMENTS.len())];
                tokens.splice(at..at, TokenStream::from_str(statement).unwrap());
            }
            _ => self.mutate_inside(&mut tokens),
        }
        tokens.into_iter().collect()
    }

    fn mutate_inside(&mut self, tokens: &mut [TokenTree]) {
        let is_group = |token: &&mut TokenTree| matches!(token, TokenTree::Group(_));
        let mut groups: Vec<_> = tokens.iter_mut().filter(is_group).collect();
        let at = self.random.below(groups.len());
        if let Some(token) = groups.get_mut(at)
            && let TokenTree::Group(group) = token
        {
            **token = Group::new(group.delimiter(), self.mutate(group.stream())).into();
        }
    }

    fn mutate_some(&mut self, tokens: &TokenStream) -> TokenStream {
        (0..=self.random.below(3)).fold(tokens.clone(), |tokens, _| self.mutate(tokens))
    }

    fn pick(&mut self, from: &[TokenStream]) -> TokenStream {
        let picked = from[self.random.below(from.len())].clone();
        self.mutate_some(&picked)
    }
}

#[test]
fn broken_bodies_are_left_as_they_are() {
    let bodies = Sources::collect().bodies;
    assert!(bodies.len() > 500, "the sources are where they were");
    let mut mutator = Mutator::new(7);
    let seen: Vec<_> = (0..ROUNDS).map(|_| properties::body(&mutator.pick(&bodies))).collect();
    let parsed = seen.iter().filter(|seen| seen.parses).count();
    let rejected = seen.iter().filter(|seen| seen.is_rejected).count();
    // Else the test tests nothing.
    assert!(parsed > ROUNDS / 10 && rejected > ROUNDS / 20, "{parsed} parsed, {rejected} rejected");
}

#[test]
fn broken_heads_carry_an_error_or_expand() {
    let head = TokenStream::from_str("|s| -> Result<u8, E> { s.spawn(w()).await }").unwrap();
    let mut mutator = Mutator::new(11);
    for _ in 0..ROUNDS {
        properties::head(&mutator.mutate_some(&head));
    }
}

#[test]
fn broken_functions_are_left_as_they_are_or_expand() {
    let functions = Sources::collect().functions;
    assert!(functions.len() > 100, "the sources are where they were");
    let options = OPTIONS.map(|options| TokenStream::from_str(options).unwrap());
    let mut mutator = Mutator::new(13);
    for _ in 0..ROUNDS {
        let (options, function) = (mutator.pick(&options), mutator.pick(&functions));
        properties::attributes(&options, &function);
    }
}
