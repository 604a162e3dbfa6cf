//! The macros of foster. They are documented where users find them, in the crate `foster`.
#![forbid(unsafe_code)]

mod entry;
mod options;
mod scope;

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
    entry::expand(options.into(), item.into()).into()
}
