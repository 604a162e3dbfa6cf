//! Fragments of the user's `macro_rules!`: what stands for a `$body:block` or a `$ty:ty` comes in a
//! group without delimiters, which means nothing where it is not part of an expression.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Type;

/// The tokens in all the groups without delimiters that hold nothing else.
pub(crate) fn bare(mut tokens: TokenStream) -> TokenStream {
    loop {
        let mut each = tokens.clone().into_iter();
        match (each.next(), each.next()) {
            (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
                tokens = group.stream();
            }
            _ => return tokens,
        }
    }
}

/// The only token, in whatever groups without delimiters.
pub(crate) fn bare_token(token: TokenTree) -> TokenTree {
    let mut inside = bare(token.clone().into()).into_iter();
    match (inside.next(), inside.next()) {
        (Some(inside), None) => inside,
        _ => token,
    }
}

/// The type in parentheses, seen or unseen.
pub(crate) fn bare_type(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Paren(inner) => &inner.elem,
            Type::Group(inner) => &inner.elem,
            ty => return ty,
        }
    }
}
