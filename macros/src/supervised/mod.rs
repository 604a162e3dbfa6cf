//! `#[supervised]`.

mod args;
mod body;
mod boxed;
mod params;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::LitStr;
use syn::ext::IdentExt as _;

use crate::edge::Returns;
use crate::errors::Errors;
use crate::function::Function;
use crate::messages::attribute as messages;
use args::Args;
use body::Body;
use boxed::Boxed;

const ATTRIBUTE: &str = "#[supervised]";

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = Args::parse(args, &mut errors);
    let function = Function::read(ATTRIBUTE, &item, &mut errors);
    let output = function.and_then(|function| supervise(&args, function, &mut errors));
    let output = output.unwrap_or(item);
    let errors = errors.into_tokens();
    quote!(#output #errors)
}

/// The function with its body in a scope; `None` when that is no async block.
fn supervise(args: &Args, mut function: Function, errors: &mut Errors) -> Option<TokenStream> {
    if let Some(scope) = args.scope.as_ref().filter(|scope| params::bind(&function.sig, scope)) {
        errors.push(scope, messages::is_a_parameter(scope));
    }
    let name = || LitStr::new(&function.sig.ident.unraw().to_string(), function.sig.ident.span());
    let name = args.name.clone().unwrap_or_else(name);
    if let Some(asyncness) = function.sig.asyncness {
        let body = Body {
            at: asyncness.span,
            returns: Returns::of(&function.sig.output),
            brace: function.brace,
            mutates_self: params::owns_mut_self(&function.sig),
            params: params::rebind(&mut function.sig),
            tokens: args.check(&function.body, errors),
        };
        return Some(function.with_body(&body.scope(args, &name)));
    }
    let Some(boxed) = Boxed::find(&function) else {
        errors.push(function.sig.fn_token, messages::requires_async(ATTRIBUTE));
        return None;
    };
    let body = Body {
        at: boxed.at,
        returns: Returns::named(boxed.output),
        brace: boxed.brace,
        mutates_self: false,
        params: TokenStream::new(),
        tokens: args.check(&boxed.body, errors),
    };
    let mut future = quote_spanned!(boxed.at=> async move);
    boxed.brace.surround(&mut future, |future| future.extend(body.scope(args, &name)));
    Some(function.with_body(&boxed.with_future(&future)))
}
