//! `Errors`: what all phases have to say, in the order of the source.

use std::fmt::Display;
use std::thread;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects errors, so that a user sees all of them at once.
///
/// Who makes one has to emit it: a collection that is dropped with errors in it would let a leak
/// compile, so that panics.
#[must_use]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an error at the user's tokens, from the first to the last.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error that a parser made.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// Returns the errors as macro calls with braces, which may stand where an item or a statement
    /// may.
    ///
    /// They are meant to stand *before* the user's statements, whose tokens then stay as they
    /// are: an error wrapped around an expression would change where its temporaries are dropped.
    /// A body that holds an error is still resolved and its types are checked, but not its borrows;
    /// so rustc does not describe the same leak a second time, as a lifetime.
    pub(crate) fn into_tokens(mut self) -> TokenStream {
        self.0.drain(..).map(syn::Error::into_compile_error).collect()
    }

    /// The errors themselves, for snapshots of their spans.
    #[cfg(test)]
    pub(crate) fn into_list(mut self) -> Vec<syn::Error> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.0.is_empty() || thread::panicking(), "errors were found and not emitted");
    }
}
