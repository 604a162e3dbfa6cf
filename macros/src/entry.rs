//! `#[foster::main]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Attribute, ReturnType, Signature, Type, Visibility, braced, token};

use crate::options::Options;

/// A function whose body is left as it is, so that half-typed code passes through.
struct Function {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
    brace: token::Brace,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            brace: braced!(content in input),
            body: content.parse()?,
        })
    }
}

// Input:   async fn main() -> Ret { body }
// Output:  fn main() -> ::std::process::ExitCode {
//              ::foster::__private::main(Config { … }, async move {
//                  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                      return __ret;
//                  };
//                  body
//              })
//          }
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let options = Options::parse.parse2(options).unwrap_or_else(|error| {
        errors.push(error);
        Options::default()
    });
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        // What rustc cannot parse it reports itself.
        Err(_) => return item,
    };
    errors.extend(check(&function.sig));
    let output = if errors.is_empty() { transform(&options, &mut function) } else { item };
    let errors = errors.into_iter().map(syn::Error::into_compile_error);
    quote!(#output #(#errors)*)
}

fn check(sig: &Signature) -> Vec<syn::Error> {
    let mut errors = Vec::new();
    if sig.asyncness.is_none() {
        let text = "`#[foster::main]` requires an `async fn`\nhelp: add `async` before `fn`";
        errors.push(syn::Error::new_spanned(sig.fn_token, text));
    }
    if !sig.inputs.is_empty() {
        let text = "`#[foster::main]` requires a function without parameters";
        errors.push(syn::Error::new_spanned(&sig.inputs, text));
    }
    if !sig.generics.params.is_empty() {
        let text = "`#[foster::main]` requires a function without generics";
        errors.push(syn::Error::new_spanned(&sig.generics, text));
    }
    errors
}

fn transform(options: &Options, function: &mut Function) -> TokenStream {
    let Function { attrs, vis, sig, brace, body } = function;
    let at = sig.asyncness.map_or_else(Span::call_site, |token| token.span);
    let at = Span::mixed_site().located_at(at);
    let edge = edge(&sig.output);
    let mut block = TokenStream::new();
    brace.surround(&mut block, |block| {
        edge.to_tokens(block);
        body.to_tokens(block);
    });
    let (krate, config) = (&options.krate, options.config());
    sig.asyncness = None;
    sig.output = syn::parse_quote!(-> ::std::process::ExitCode);
    let call = quote_spanned!(at=> #krate::__private::main(#config, async move #block));
    let mut out = quote!(#(#attrs)* #vis #sig);
    brace.surround(&mut out, |out| call.to_tokens(out));
    out
}

/// Ties the type of the block to the written return type, where the type can be named.
fn edge(output: &ReturnType) -> TokenStream {
    let (returns, at) = match output {
        ReturnType::Default => (quote!(()), Span::mixed_site()),
        ReturnType::Type(_, returns) => match &**returns {
            Type::Never(_) | Type::ImplTrait(_) => return TokenStream::new(),
            returns => (quote!(#returns), Span::mixed_site().located_at(returns.span())),
        },
    };
    quote_spanned! {at=>
        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<#returns> {
            return __ret;
        };
    }
}
