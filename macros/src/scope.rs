//! `scope!` and `try_scope!`.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::check::{self, Form};
use crate::errors::Errors;
use crate::messages;

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

pub(crate) fn expand(input: TokenStream, policy: Policy) -> TokenStream {
    let mut errors = Errors::new();
    let Some(mut input) = parse(input, &mut errors) else {
        return errors.into_tokens();
    };
    let form = match policy {
        Policy::Plain => Form::Scope,
        Policy::FailFast => Form::TryScope,
    };
    let name = match &input.name {
        TokenTree::Ident(name) if name != "_" => Some(name),
        _ => None,
    };
    let interleaves = interleaves(&input.name, &input.body);
    input.body = check::body(name, form, input.body, &mut errors);
    output(input, policy, interleaves, errors)
}

// Input:   [$crate] |s| -> Ret { body }
// Output:  $crate::ScopeFuture::fail_fast(interleaves, |scope| async {
//              let mut scope = scope;
//              let s = &mut scope;
//              if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                  return __ret;
//              };
//              errors
//              body
//          })
fn output(input: Input, policy: Policy, interleaves: bool, errors: Errors) -> TokenStream {
    let Input { krate, name, returns, body } = input;
    let errors = errors.into_tokens();
    let open = match policy {
        Policy::Plain => quote!(plain),
        Policy::FailFast => quote!(fail_fast),
    };
    // At the user's own name: there rustc says where a borrow of the scope comes from, and how it is
    // called. Hygiene hides it from the body.
    let scope = Ident::new("scope", Span::mixed_site().located_at(name.span()));
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
        #krate::ScopeFuture::#open(#interleaves, |#scope| async { #bind #edge #errors #body })
    }
}

/// Parses the head; the body may be anything. Without a closure there is nothing to expand.
fn parse(input: TokenStream, errors: &mut Errors) -> Option<Input> {
    let mut tokens = input.into_iter().peekable();
    // The forwarder in `foster` puts it there.
    let krate = match tokens.next() {
        Some(TokenTree::Group(krate)) => krate.stream(),
        _ => TokenStream::new(),
    };
    let mut qualifiers = Vec::new();
    while let Some(word) = tokens.next_if(is_qualifier) {
        qualifiers.push(word);
    }
    let Some(open) = tokens.next_if(is_bar) else {
        let found: TokenStream = qualifiers.into_iter().chain(tokens).collect();
        errors.push(found, messages::closure_missing());
        return None;
    };
    for word in qualifiers {
        errors.push(&word, messages::closure_qualified(&word.to_string()));
    }
    let mut head = Vec::new();
    while let Some(token) = tokens.next_if(|token| !is_bar(token)) {
        head.push(token);
    }
    if tokens.next().is_none() {
        let found: TokenStream = [open].into_iter().chain(head).collect();
        errors.push(found, messages::closure_missing());
        return None;
    }
    let name = name(&open, head, errors);
    let (returns, body) = split_type(tokens.collect());
    Some(Input { krate, name, returns, body })
}

fn is_bar(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|')
}

fn is_qualifier(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "async" || word == "move" || word == "static")
}

/// The name between the bars; where there is more, an error, and the name all the same.
fn name(open: &TokenTree, head: Vec<TokenTree>, errors: &mut Errors) -> TokenTree {
    if let [name @ TokenTree::Ident(_)] = head.as_slice() {
        return name.clone();
    }
    if head.is_empty() {
        errors.push(open, messages::name_missing());
    } else {
        errors.push(head.iter().cloned().collect::<TokenStream>(), messages::name_expected());
    }
    let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word != "mut");
    let name = head.into_iter().find(is_name);
    name.unwrap_or_else(|| Ident::new("_", open.span()).into())
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
