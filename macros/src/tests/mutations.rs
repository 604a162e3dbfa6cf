//! Broken Rust, of which there is more in an editor than of any other: no macro panics over it, and
//! each keeps the user's tokens.

use std::fs;
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::check::{self, Form};
use crate::errors::Errors;
use crate::scope::{self, Policy};

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

/// The bodies in braces of the repository's own tests and examples: real code for the macros.
fn bodies() -> Vec<TokenStream> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["tests", "examples/shop"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
            let text = fs::read_to_string(file).unwrap();
            collect(TokenStream::from_str(&text).unwrap(), &mut found);
        }
    }
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<TokenStream>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            let inside = group.stream();
            let length = flat(&inside).len();
            if group.delimiter() == Delimiter::Brace && (6..LONGEST).contains(&length) {
                found.push(inside.clone());
            }
            collect(inside, found);
        }
    }
}

/// All tokens in order, those in groups among them.
fn flat(tokens: &TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                all.push(format!("{:?}", group.delimiter()));
                all.extend(flat(&group.stream()));
                all.push("end".to_owned());
            }
            other => all.push(other.to_string()),
        }
    }
    all
}

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
}

/// Whether the tokens of `inner` are in `outer`, in their order.
fn keeps(outer: &[String], inner: &[String]) -> bool {
    let mut outer = outer.iter();
    inner.iter().all(|token| outer.any(|other| other == token))
}

fn is_without_opt_outs(tokens: &[String]) -> bool {
    tokens.iter().all(|token| token != "allow_unowned")
}

#[test]
fn broken_bodies_are_left_as_they_are() {
    let bodies = bodies();
    assert!(bodies.len() > 500, "the sources are where they were");
    let scope = quote::format_ident!("s");
    let mut mutator = Mutator::new(7);
    let (mut wrong, mut parsed) = (0, 0);
    for _ in 0..ROUNDS {
        let mut body = bodies[mutator.random.below(bodies.len())].clone();
        for _ in 0..=mutator.random.below(3) {
            body = mutator.mutate(body);
        }
        let mut errors = Errors::new();
        let checked = check::body(Some(&scope), Form::Scope, body.clone(), &mut errors);
        let (before, after) = (flat(&body), flat(&checked));
        if is_without_opt_outs(&before) {
            assert_eq!(after, before);
        } else {
            assert!(keeps(&before, &after), "only taken out: {body}");
        }
        parsed += usize::from(syn::parse2::<syn::Block>(quote::quote!({ #body })).is_ok());
        wrong += usize::from(!errors.into_list().is_empty());
        for policy in [Policy::Plain, Policy::FailFast] {
            let output = scope::expand(quote::quote!([::foster] |s| { #body }), policy);
            assert!(keeps(&flat(&output), &after), "all is there: {body}");
        }
    }
    // Else the test tests nothing.
    assert!(parsed > ROUNDS / 10 && wrong > ROUNDS / 20, "{parsed} parsed, {wrong} wrong");
}

#[test]
fn broken_heads_carry_an_error_or_expand() {
    let head = TokenStream::from_str("|s| -> Result<u8, E> { s.spawn(w()).await }").unwrap();
    let mut mutator = Mutator::new(11);
    for _ in 0..ROUNDS {
        let mut input = head.clone();
        for _ in 0..=mutator.random.below(3) {
            input = mutator.mutate(input);
        }
        for policy in [Policy::Plain, Policy::FailFast] {
            let output = scope::expand(quote::quote!([::foster] #input), policy).to_string();
            assert!(output.contains("__private") || output.contains("compile_error"), "{input}");
        }
    }
}
