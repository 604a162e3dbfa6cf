//! `#[supervised]`.

mod args;
mod body;
mod boxed;
mod params;
mod returning;

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::edge::Returns;
use crate::errors::Errors;
use crate::function::Function;
use crate::ident::{Own, text};
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
    let name = || LitStr::new(&text(&function.sig.ident), function.sig.ident.span());
    let name = args.name.clone().unwrap_or_else(name);
    if let Some(asyncness) = function.sig.asyncness {
        let mut found = Errors::new();
        if let Some(error) = returning::borrowed_error(&function.sig.output)
            && args.scope.is_some()
        {
            found.push(error, messages::BORROWED_ERROR);
        }
        let mut own = Own::default();
        let body = Body {
            at: asyncness.span,
            returns: Returns::of(&function.sig.output),
            brace: function.brace,
            mutates_self: params::owns_mut_self(&function.sig),
            params: params::rebind(&mut function.sig, &mut own),
            tokens: args.check(&function.body, found),
            own,
        };
        // Else the type of the scope has a lifetime that no signature can name.
        let is_nameable = !body.interleaves(args);
        let scope = body.scope(args, &name);
        return Some(returning::scope(function, &scope, is_nameable));
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
        tokens: args.check(&boxed.body, Errors::new()),
        own: Own::default(),
    };
    Some(function.with_body(&boxed.with_future(&body.scope(args, &name))))
}
