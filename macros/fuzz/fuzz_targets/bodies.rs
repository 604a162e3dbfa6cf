//! Any text that is tokens, as the input of `scope!` and `try_scope!`, and as the body of a scope.
#![no_main]

// A crate of macros exports nothing else, so its modules are compiled in.
#[path = "../../src/check/mod.rs"]
mod check;
#[path = "../../src/errors.rs"]
mod errors;
#[path = "../../src/messages.rs"]
mod messages;
#[path = "../../src/scope.rs"]
mod scope;

use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::TokenStream;
use quote::quote;

fuzz_target!(|text: &str| -> Corpus {
    let Ok(tokens) = text.parse::<TokenStream>() else {
        return Corpus::Reject;
    };
    for policy in [scope::Policy::Plain, scope::Policy::FailFast] {
        let whole = scope::expand(quote!([::foster] #tokens), policy).to_string();
        assert!(whole.contains("__private") || whole.contains("compile_error"));
        let body = scope::expand(quote!([::foster] |s| { #tokens }), policy).to_string();
        assert!(body.contains("__private"));
        if !text.contains("allow_unowned") {
            assert!(body.contains(&tokens.to_string()), "the user's tokens are left alone");
        }
    }
    Corpus::Keep
});
