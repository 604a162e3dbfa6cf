//! Any text that is tokens: as a body and as a head of a scope, as a function under each attribute, and
//! as an attribute's arguments.
#![no_main]

// A crate of macros exports nothing, so its modules are compiled in.
#[path = "../../src/check/mod.rs"]
mod check;
#[path = "../../src/edge.rs"]
mod edge;
#[path = "../../src/entry/mod.rs"]
mod entry;
#[path = "../../src/errors.rs"]
mod errors;
#[path = "../../src/function.rs"]
mod function;
#[path = "../../src/messages/mod.rs"]
mod messages;
#[path = "../../src/options.rs"]
mod options;
#[path = "../../src/tests/properties.rs"]
mod properties;
#[path = "../../src/scope.rs"]
mod scope;
#[path = "../../src/supervised/mod.rs"]
mod supervised;

use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::TokenStream;
use quote::quote;

fuzz_target!(|text: &str| -> Corpus {
    let Ok(tokens) = text.parse::<TokenStream>() else {
        return Corpus::Reject;
    };
    properties::body(&tokens);
    properties::head(&tokens);
    properties::attributes(&quote!(), &tokens);
    properties::attributes(&tokens, &quote!(async fn f() {}));
    Corpus::Keep
});
