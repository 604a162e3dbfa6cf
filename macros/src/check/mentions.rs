//! Which names tokens mention, without parsing them.

use proc_macro2::{TokenStream, TokenTree};

use crate::ident::text;

/// Without one of these words no rule has anything to say, and the body is not parsed.
const WORDS: [&str; 8] = [
    "JoinSet",
    "attempt",
    "scope",
    "shield",
    "spawn",
    "spawn_blocking",
    "spawn_local",
    "try_scope",
];

/// What of our rules a body may have to do with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mentions {
    /// Something that may leak.
    pub(super) leaks: bool,
    /// An opt-out.
    pub(super) allows: bool,
}

impl Mentions {
    pub(super) fn of(tokens: &TokenStream) -> Self {
        let mut mentions = Self::default();
        mentions.add(tokens.clone());
        mentions
    }

    fn add(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.add(group.stream()),
                TokenTree::Ident(ident) => {
                    let name = text(&ident);
                    self.leaks |= WORDS.contains(&name.as_str());
                    self.allows |= name == super::allow::NAME;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

/// Gives each name in the tokens to `mention`: identifiers, and what the braces in a string literal
/// may capture, as in `"{handle:?}"`.
pub(super) fn each(tokens: TokenStream, mention: &mut impl FnMut(&str)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => each(group.stream(), mention),
            TokenTree::Ident(ident) => mention(&text(&ident)),
            TokenTree::Literal(literal) => captures(&literal.to_string(), mention),
            TokenTree::Punct(_) => {}
        }
    }
}

/// As [`each`], for the string literals only.
pub(super) fn each_capture(tokens: TokenStream, mention: &mut impl FnMut(&str)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => each_capture(group.stream(), mention),
            TokenTree::Literal(literal) => captures(&literal.to_string(), mention),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Every word between braces: the captured name, and those of a width or precision.
fn captures(literal: &str, mention: &mut impl FnMut(&str)) {
    if !literal.ends_with(['"', '#']) {
        return;
    }
    for part in literal.split('{').skip(1) {
        let inside = part.split('}').next().unwrap_or_default();
        inside
            .split(|char: char| !char.is_alphanumeric() && char != '_')
            .filter(|word| !word.is_empty())
            .for_each(&mut *mention);
    }
}
