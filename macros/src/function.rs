//! The function that an attribute stands on.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Signature, Visibility, braced, token};

use crate::errors::Errors;
use crate::fragments::bare;
use crate::messages::attribute as messages;

/// A function whose body is left as it is, so that half-typed code passes through.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) brace: token::Brace,
    /// `#![…]` at the start of the body.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            brace: braced!(content in input),
            inner_attrs: content.call(Attribute::parse_inner)?,
            body: content.parse()?,
        })
    }
}

impl Function {
    /// Reads the item under `attribute`. `None` when that is no function, which is noted here, or
    /// is no Rust, which rustc says itself.
    pub(crate) fn read(attribute: &str, item: &TokenStream, errors: &mut Errors) -> Option<Self> {
        let function = syn::parse2(item.clone()).ok();
        if function.is_none()
            && let Some(error) = misuse(attribute, item)
        {
            errors.add(error);
        }
        function
    }

    /// The function with `content` for its body.
    pub(crate) fn with_body(&self, content: &TokenStream) -> TokenStream {
        let Self { attrs, vis, sig, brace, inner_attrs, .. } = self;
        let mut function = quote!(#(#attrs)* #vis #sig);
        brace.surround(&mut function, |body| body.extend(quote!(#(#inner_attrs)* #content)));
        function
    }
}

/// What is wrong with an item that is not a function with a body.
fn misuse(attribute: &str, item: &TokenStream) -> Option<syn::Error> {
    let words = head(item);
    if words.iter().any(|word| word == "fn") {
        let end = bare(item.clone()).into_iter().last()?;
        let has_no_body = matches!(&end, TokenTree::Punct(end) if end.as_char() == ';');
        return has_no_body
            .then(|| syn::Error::new(end.span(), messages::requires_body(attribute)));
    }
    let keyword =
        words.iter().find(|word| !QUALIFIERS.iter().any(|qualifier| word == qualifier))?;
    Some(syn::Error::new(keyword.span(), messages::not_allowed_on(attribute, keyword)))
}

/// What may stand before the keyword that says what an item is.
const QUALIFIERS: [&str; 4] = ["auto", "default", "safe", "unsafe"];

/// The words that an item starts with, after its attributes and visibility: `const`, `unsafe impl`,
/// `const unsafe extern "C" fn name`.
fn head(item: &TokenStream) -> Vec<Ident> {
    let mut words = Vec::new();
    let mut tokens = item.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // An attribute, and the place of `pub(in place)`.
            TokenTree::Punct(hash) if hash.as_char() == '#' => drop(tokens.next()),
            TokenTree::Ident(word) if word == "pub" => {
                tokens.next_if(|token| matches!(token, TokenTree::Group(_)));
            }
            TokenTree::Ident(word) => words.push(word),
            // A fragment: the visibility, or the whole.
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                words.extend(head(&group.stream()));
            }
            TokenTree::Literal(_) => {}
            TokenTree::Punct(_) | TokenTree::Group(_) => break,
        }
    }
    words
}
