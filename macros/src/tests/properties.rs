//! What holds for each macro, whatever it is given: it does not panic, keeps the user's tokens, and
//! makes Rust of what is Rust. For mutated code here, and for any text in the fuzz target.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::check::{self, Form};
use crate::entry::{main, test};
use crate::errors::Errors;
use crate::scope::{self, Policy};
use crate::supervised;

/// What became of a body; else a test would not know whether it tests anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) parses: bool,
    pub(crate) is_rejected: bool,
}

/// A body in each of the macros.
pub(crate) fn body(body: &TokenStream) -> Seen {
    let scope = format_ident!("s");
    let mut errors = Errors::new();
    let checked = check::body(Some(&scope), Form::Scope, body.clone(), &mut errors);
    let is_rejected = !errors.into_tokens().is_empty();
    let (before, after) = (flat(body), flat(&checked));
    if has_opt_outs(&before) {
        assert!(keeps(&before, &after), "only taken out: {body}");
    } else {
        assert_eq!(after, before);
    }
    let parses = syn::parse2::<syn::Block>(quote!({ #body })).is_ok();
    for policy in [Policy::Plain, Policy::FailFast] {
        let output = scope::expand(quote!([::foster] |s| { #body }), policy);
        assert!(keeps(&flat(&output), &after), "all is there: {body}");
        assert!(!parses || syn::parse2::<syn::Expr>(output).is_ok(), "an expression: {body}");
    }
    for args in [quote!(), quote!(s)] {
        attributes(&args, &quote!(async fn f(&self, (a, _): A) -> Vec<impl Fn(A)> { #body }));
    }
    Seen { parses, is_rejected }
}

/// All that stands between the parentheses of a scope.
pub(crate) fn head(input: &TokenStream) {
    for policy in [Policy::Plain, Policy::FailFast] {
        let output = flat(&scope::expand(quote!([::foster] #input), policy));
        assert!(is_expanded(&output) || has_errors(&output), "{input}");
    }
}

/// An item under each of the attributes.
pub(crate) fn attributes(args: &TokenStream, item: &TokenStream) {
    let before = flat(item);
    let parses = syn::parse2::<syn::ItemFn>(item.clone()).is_ok();
    for expand in [supervised::expand, main::expand, test::expand] {
        let output = expand(args.clone(), item.clone());
        let after = flat(&output);
        let is_left = after.starts_with(&before);
        assert!(is_left || is_expanded(&after), "{item}");
        assert!(!parses || is_expanded(&after) || has_errors(&after), "{item}");
        if let Some(TokenTree::Group(body)) = item.clone().into_iter().last()
            && !has_opt_outs(&before)
        {
            assert!(keeps(&after, &flat(&body.stream())), "all is there: {item}");
        }
        assert!(!parses || syn::parse2::<syn::File>(output).is_ok(), "a function: {item}");
    }
}

/// All tokens in order, those in groups among them.
pub(crate) fn flat(tokens: &TokenStream) -> Vec<String> {
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

/// Whether the tokens of `inner` are in `outer`, in their order.
fn keeps(outer: &[String], inner: &[String]) -> bool {
    let mut outer = outer.iter();
    inner.iter().all(|token| outer.any(|other| other == token))
}

fn has(tokens: &[String], word: &str) -> bool {
    tokens.iter().any(|token| token == word)
}

fn has_opt_outs(tokens: &[String]) -> bool {
    has(tokens, "allow_unowned")
}

fn is_expanded(tokens: &[String]) -> bool {
    has(tokens, "__private") || has(tokens, "ScopeFuture")
}

fn has_errors(tokens: &[String]) -> bool {
    has(tokens, "compile_error")
}
