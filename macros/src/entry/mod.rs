//! What `#[foster::main]` and `#[foster::test]` share: a function that nobody calls but a runtime.

pub(crate) mod main;
pub(crate) mod test;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Signature;

use crate::edge::Returns;
use crate::function::Function;
use crate::wording;

/// Transforms the function under `attribute`, or returns the item as it is; with all errors.
fn expand(
    attribute: &str,
    item: TokenStream,
    mut errors: Vec<syn::Error>,
    transform: impl FnOnce(Function, &mut Vec<syn::Error>) -> TokenStream,
) -> TokenStream {
    let function = Function::read(attribute, &item, &mut errors);
    let output = function.and_then(|function| {
        let misuses = check(attribute, &function.sig);
        let output = misuses.is_empty().then(|| transform(function, &mut errors));
        errors.extend(misuses);
        output
    });
    let output = output.unwrap_or(item);
    let errors = errors.into_iter().map(syn::Error::into_compile_error);
    quote!(#output #(#errors)*)
}

fn check(attribute: &str, sig: &Signature) -> Vec<syn::Error> {
    let mut errors = Vec::new();
    if sig.asyncness.is_none() {
        let text = wording::requires_async(attribute);
        errors.push(syn::Error::new_spanned(sig.fn_token, text));
    }
    if !sig.generics.params.is_empty() {
        let text = wording::takes_no_generics(attribute);
        errors.push(syn::Error::new_spanned(&sig.generics, text));
    }
    if !sig.inputs.is_empty() {
        let text = wording::takes_no_parameters(attribute);
        errors.push(syn::Error::new_spanned(&sig.inputs, text));
    }
    errors
}

/// Where what is generated points at: the `async`.
fn place(sig: &Signature) -> Span {
    let at = sig.asyncness.map_or_else(Span::call_site, |token| token.span);
    Span::mixed_site().located_at(at)
}

// Input:   async fn name() -> Ret { body }
// Output:  async move {
//              if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                  return __ret;
//              };
//              body
//          }
fn block(function: &Function) -> TokenStream {
    let at = place(&function.sig);
    let mut block = quote_spanned!(at=> async move);
    function.brace.surround(&mut block, |block| {
        block.extend(Returns::of(&function.sig.output).edge());
        function.body.to_tokens(block);
    });
    block
}

/// An option as an expression.
fn optional<T: ToTokens>(option: Option<T>) -> TokenStream {
    option.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
