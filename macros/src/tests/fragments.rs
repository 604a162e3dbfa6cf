//! Fragments of a user's `macro_rules!`, which come in groups without delimiters.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::scope::{self, Policy};
use crate::supervised;

/// A fragment, passed on from one macro to another.
fn fragment(tokens: TokenStream) -> TokenTree {
    let inner = TokenTree::from(Group::new(Delimiter::None, tokens));
    Group::new(Delimiter::None, inner.into()).into()
}

fn scope(input: &TokenStream) -> String {
    scope::expand(quote!([::foster] #input), Policy::FailFast).to_string()
}

#[test]
fn scope_of_fragments_is_that_of_plain_tokens() {
    let plain = scope(&quote!(|s| -> R<u8> {
        s.interleave(a());
        Ok(1)
    }));
    let body = fragment(quote!({
        s.interleave(a());
        Ok(1)
    }));
    let name = fragment(quote!(s));
    assert_eq!(scope(&quote!(|s| -> R<u8> #body)), plain);
    assert_eq!(scope(&quote!(|#name| -> R<u8> #body)), plain);
    let closure = fragment(quote!(|s| -> R<u8> #body));
    assert_eq!(scope(&quote!(#closure)), plain);
}

/// It would mean something else without its group: `a + b` in `$e * 2`.
#[test]
fn fragment_in_a_body_stays_a_group() {
    let value = fragment(quote!(s.live() + 1));
    let output = scope(&quote!(|s| #value * 2));
    let alone = quote!(#value * 2).to_string();
    assert!(output.contains(&alone), "{output}");
}

#[test]
fn opt_out_of_a_fragment_is_taken_out() {
    let opt_out = fragment(quote!(allow_unowned(reason = "r")));
    let output = scope(&quote!(|s| { #[#opt_out] tokio::spawn(a()); s.launch(b()); }));
    assert!(!output.contains("compile_error"), "{output}");
    assert!(!output.contains("allow_unowned"), "{output}");
}

#[test]
fn scope_of_a_fragment_is_awaited_too() {
    let closure = fragment(quote!(|t| 1));
    let output = scope(&quote!(|s| {
        scope!(#closure);
        s.launch(b());
    }));
    assert!(output.contains("is never awaited"), "{output}");
}

#[test]
fn type_of_a_fragment_is_looked_into() {
    let supervise = |output: TokenStream| {
        let output = fragment(output);
        supervised::expand(quote!(s), quote!(async fn f() -> #output { a().await })).to_string()
    };
    assert!(supervise(quote!(Result<u8, &str>)).contains("cannot borrow"));
    assert!(!supervise(quote!(Result<u8, E>)).contains("compile_error"));
    let never = supervise(quote!(!));
    assert!(never.contains("async fn f () -> !"), "{never}");
}

#[test]
fn item_of_a_fragment_is_a_function_or_an_error() {
    let supervise = |item: TokenStream| supervised::expand(TokenStream::new(), item).to_string();
    let function = fragment(quote!(
        async fn f() {
            a().await
        }
    ));
    assert!(supervise(quote!(#function)).contains("unnamed"));
    let vis = fragment(quote!(pub(crate)));
    assert!(supervise(quote!(#vis async fn f() { a().await })).contains("unnamed"));
    assert!(supervise(quote!(#vis struct S;)).contains("is not allowed on `struct`"));
    let item = fragment(quote!(#vis struct S;));
    assert!(supervise(quote!(#item)).contains("is not allowed on `struct`"));
    let no_body = fragment(quote!(
        async fn f();
    ));
    assert!(supervise(quote!(#no_body)).contains("requires a function with a body"));
}
