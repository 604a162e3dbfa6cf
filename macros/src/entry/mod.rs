//! What `#[foster::main]` and `#[foster::test]` share: a function that nobody calls but a runtime.

pub(crate) mod main;
pub(crate) mod test;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Signature;

use crate::edge::Returns;
use crate::errors::Errors;
use crate::function::Function;
use crate::ident::located_at;
use crate::messages::attribute as messages;

/// Transforms the function under `attribute`, or returns the item as it is; with all errors.
fn expand(
    attribute: &str,
    item: TokenStream,
    mut errors: Errors,
    transform: impl FnOnce(Function, &mut Errors) -> TokenStream,
) -> TokenStream {
    let function = Function::read(attribute, &item, &mut errors);
    let fits = |function: &Function| fits(attribute, &function.sig, &mut errors);
    let function = function.filter(fits);
    let output = function.map_or(item, |function| transform(function, &mut errors));
    let errors = errors.into_tokens();
    quote!(#output #errors)
}

/// Whether the function can be run by an attribute; else it is said what is in the way.
fn fits(attribute: &str, sig: &Signature, errors: &mut Errors) -> bool {
    if sig.asyncness.is_none() {
        errors.push(sig.fn_token, messages::requires_async(attribute));
    }
    if !sig.generics.params.is_empty() {
        errors.push(&sig.generics, messages::takes_no_generics(attribute));
    }
    if !sig.inputs.is_empty() {
        errors.push(&sig.inputs, messages::takes_no_parameters(attribute));
    }
    sig.asyncness.is_some() && sig.generics.params.is_empty() && sig.inputs.is_empty()
}

/// Where what is generated points at: the `async`.
fn place(sig: &Signature) -> Span {
    let at = sig.asyncness.map_or_else(Span::call_site, |token| token.span);
    located_at(at)
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
