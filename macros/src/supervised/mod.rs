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
use crate::function::Function;
use crate::wording;
use args::Args;
use body::Body;
use boxed::Boxed;

const ATTRIBUTE: &str = "#[supervised]";

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let args = Args::parse(args, &mut errors);
    let function = Function::read(ATTRIBUTE, &item, &mut errors);
    let output = function.and_then(|function| supervise(&args, function, &mut errors));
    let output = output.unwrap_or(item);
    let errors = errors.into_iter().map(syn::Error::into_compile_error);
    quote!(#output #(#errors)*)
}

/// The function with its body in a scope; `None` when that is no async block.
fn supervise(
    args: &Args,
    mut function: Function,
    errors: &mut Vec<syn::Error>,
) -> Option<TokenStream> {
    if let Some(scope) = args.scope.as_ref().filter(|scope| params::bind(&function.sig, scope)) {
        errors.push(syn::Error::new(scope.span(), wording::is_a_parameter(scope)));
    }
    let name = || LitStr::new(&function.sig.ident.unraw().to_string(), function.sig.ident.span());
    let name = args.name.clone().unwrap_or_else(name);
    if let Some(asyncness) = function.sig.asyncness {
        let body = Body {
            at: asyncness.span,
            returns: Returns::of(&function.sig.output),
            brace: function.brace,
            params: params::rebind(&mut function.sig),
            tokens: &function.body,
        };
        return Some(function.with_body(&body.scope(args, &name)));
    }
    let Some(boxed) = Boxed::find(&function) else {
        let text = wording::requires_async(ATTRIBUTE);
        errors.push(syn::Error::new_spanned(function.sig.fn_token, text));
        return None;
    };
    let body = Body {
        at: boxed.at,
        returns: Returns::named(boxed.output),
        brace: boxed.brace,
        params: TokenStream::new(),
        tokens: &boxed.body,
    };
    let mut future = quote_spanned!(boxed.at=> async move);
    boxed.brace.surround(&mut future, |future| future.extend(body.scope(args, &name)));
    Some(function.with_body(&boxed.with_future(&future)))
}
