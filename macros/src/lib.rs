//! The macros of foster. They are documented where users find them, in the crate `foster`.
#![forbid(unsafe_code)]

mod check;
mod edge;
mod entry;
mod errors;
mod fragments;
mod function;
mod ident;
mod messages;
mod options;
mod scope;
mod supervised;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// `foster::scope!`, behind a forwarder that names the crate.
#[proc_macro]
pub fn scope(input: TokenStream) -> TokenStream {
    scope::expand(input.into(), scope::Policy::Plain).into()
}

/// `foster::try_scope!`, behind a forwarder that names the crate.
#[proc_macro]
pub fn try_scope(input: TokenStream) -> TokenStream {
    scope::expand(input.into(), scope::Policy::FailFast).into()
}

/// `#[foster::main]`.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::main::expand(options.into(), item.into()).into()
}

/// `#[foster::supervised]`.
#[proc_macro_attribute]
pub fn supervised(args: TokenStream, item: TokenStream) -> TokenStream {
    supervised::expand(args.into(), item.into()).into()
}

/// `#[foster::test]`.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::test::expand(options.into(), item.into()).into()
}
