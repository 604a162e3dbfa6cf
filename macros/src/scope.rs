//! `scope!` and `try_scope!`.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// Which of the two macros it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Policy {
    Plain,
    FailFast,
}

/// What stands between the parentheses, after the crate's path: `|s| -> Type { body }`.
struct Input {
    krate: TokenStream,
    /// The scope's name, or `_`.
    name: TokenTree,
    returns: Option<TokenStream>,
    body: TokenStream,
}

// Input:   [$crate] |s| -> Ret { body }
// Output:  $crate::__private::fail_fast(interleaves, |__scope| async {
//              let mut __scope = __scope;
//              let s = &mut __scope;
//              if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                  return __ret;
//              };
//              body
//          })
pub(crate) fn expand(input: TokenStream, policy: Policy) -> TokenStream {
    let Input { krate, name, returns, body } = match parse(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let interleaves = interleaves(&name, &body);
    let open = match policy {
        Policy::Plain => quote!(plain),
        Policy::FailFast => quote!(fail_fast),
    };
    // At the user's own name: there rustc says where a borrow of the scope comes from.
    let scope = Ident::new("__scope", Span::mixed_site().located_at(name.span()));
    let edge = returns.map(|returns| {
        quote! {
            if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<#returns> {
                return __ret;
            };
        }
    });
    let bind = quote_spanned! {scope.span()=>
        let mut #scope = #scope;
        let #name = &mut #scope;
    };
    quote_spanned! {scope.span()=>
        #krate::__private::#open(#interleaves, |#scope| async { #bind #edge #body })
    }
}

fn parse(input: TokenStream) -> syn::Result<Input> {
    let mut tokens = input.into_iter();
    // The forwarder in `foster` puts it there.
    let Some(TokenTree::Group(krate)) = tokens.next() else {
        return Err(no_closure(tokens.collect()));
    };
    let krate = krate.stream();
    let head = [tokens.next(), tokens.next(), tokens.next()];
    let rest: Vec<TokenTree> = tokens.collect();
    let [
        Some(TokenTree::Punct(open)),
        Some(name @ TokenTree::Ident(_)),
        Some(TokenTree::Punct(close)),
    ] = head
    else {
        return Err(no_closure(head.into_iter().flatten().chain(rest).collect()));
    };
    if open.as_char() != '|' || close.as_char() != '|' {
        return Err(syn::Error::new(open.span(), CLOSURE));
    }
    let (returns, body) = split_type(rest);
    Ok(Input { krate, name, returns, body })
}

const CLOSURE: &str = "expected a closure that takes the scope\nhelp: write `|s| { … }`";

fn no_closure(found: TokenStream) -> syn::Error {
    if found.is_empty() {
        return syn::Error::new(Span::call_site(), CLOSURE);
    }
    syn::Error::new_spanned(found, CLOSURE)
}

/// Splits `-> Type { body }`; without an arrow, all is the body, whose braces are ours.
fn split_type(mut rest: Vec<TokenTree>) -> (Option<TokenStream>, TokenStream) {
    let is = |token: Option<&TokenTree>, char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char);
    let typed = is(rest.first(), '-') && is(rest.get(1), '>');
    let braced = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if rest.last().is_some_and(braced) && (typed || rest.len() == 1) {
        let body = match rest.pop() {
            Some(TokenTree::Group(body)) => body.stream(),
            _ => TokenStream::new(),
        };
        return (typed.then(|| rest.into_iter().skip(2).collect()), body);
    }
    (None, rest.into_iter().collect())
}

/// What of a scope does not reach its interleaved children; `s.interleave` and a scope that is
/// handed on do.
const APART: [&str; 8] = [
    "attempt",
    "background",
    "cancel_children",
    "launch",
    "live",
    "spawn",
    "spawn_blocking",
    "spawner",
];

/// Whether the body may interleave: then the scope needs a queue, and a second allocation.
pub(crate) fn interleaves(name: &TokenTree, body: &TokenStream) -> bool {
    let TokenTree::Ident(name) = name else {
        return false;
    };
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => interleaves(&TokenTree::Ident(name.clone()), &group.stream()),
        TokenTree::Ident(ident) if ident == name => {
            match (tokens.get(at + 1), tokens.get(at + 2)) {
                (Some(TokenTree::Punct(dot)), Some(TokenTree::Ident(method)))
                    if dot.as_char() == '.' =>
                {
                    !APART.iter().any(|apart| method == apart)
                }
                _ => true,
            }
        }
        _ => false,
    })
}
