//! The return edge: what ties the type of an async block to the written return type, so that a
//! mistake in the body gets the error that it would get in a plain function.

use proc_macro2::{Group, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ReturnType, Type};

use crate::fragments::bare_type;
use crate::ident::located_at;

/// A return type, as far as a body can name it.
pub(crate) struct Returns {
    /// With `_` for each `impl Trait` in it; `None` when it is one, or is `!`.
    pub(crate) name: Option<TokenStream>,
    span: Span,
}

impl Returns {
    pub(crate) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Self { name: Some(quote!(())), span: Span::mixed_site() },
            ReturnType::Type(_, returns) => Self::named(returns),
        }
    }

    pub(crate) fn named(returns: &Type) -> Self {
        let returns = bare_type(returns);
        let name = match returns {
            Type::ImplTrait(_) | Type::Never(_) => None,
            returns => Some(inferred(returns.to_token_stream())),
        };
        Self { name, span: located_at(returns.span()) }
    }

    // Output:  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
    //              return __ret;
    //          };
    //
    // Without the last `;`, the `if` would be the tail of an empty body.
    pub(crate) fn edge(&self) -> TokenStream {
        let Some(returns) = &self.name else {
            return TokenStream::new();
        };
        quote_spanned! {self.span=>
            if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<#returns> {
                return __ret;
            };
        }
    }
}

/// Puts `_` for each `impl Trait` in a type: a body cannot name it, and need not.
fn inferred(returns: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = returns.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "impl" => {
                let span = word.span();
                out.extend(quote_spanned!(span=> _));
                out.extend(after_bounds(&mut tokens));
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), inferred(group.stream()));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            token => out.extend([token]),
        }
    }
    out
}

/// Skips the bounds of an `impl Trait`, and returns what ends them: `,` or `>`, if anything.
fn after_bounds(tokens: &mut impl Iterator<Item = TokenTree>) -> Option<TokenTree> {
    let mut depth = 0_usize;
    let mut is_arrow = false;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' if is_arrow => {}
                '>' | ',' if depth == 0 => return Some(token),
                '>' => depth -= 1,
                _ => {}
            }
            is_arrow = punct.as_char() == '-' && punct.spacing() == Spacing::Joint;
        } else {
            is_arrow = false;
        }
    }
    None
}
