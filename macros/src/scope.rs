//! `scope!` and `try_scope!`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::check::{self, Form};
use crate::errors::Errors;
use crate::fragments::{bare, bare_token};
use crate::ident::{Own, text};
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
    /// The body's braces, if it has some.
    braces: Option<Span>,
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
// Output:  $crate::ScopeFuture::fail_fast(interleaves, |s| async {
//              let mut s = s;
//              let s = &mut s;
//              if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                  return __ret;
//              };
//              ({ errors body })
//          })
//
// All but the first `s` of the last `let` are the expansion's own. The body keeps its braces: their
// edition says when the temporaries of its last expression are dropped, and that is before the
// scope.
fn output(input: Input, policy: Policy, interleaves: bool, errors: Errors) -> TokenStream {
    let Input { krate, name, returns, braces, body } = input;
    let errors = errors.into_tokens();
    let open = match policy {
        Policy::Plain => quote!(plain),
        Policy::FailFast => quote!(fail_fast),
    };
    // At the user's own name: there rustc says where a borrow of the scope comes from, and how it is
    // called.
    let scope = match &name {
        TokenTree::Ident(name) if name != "_" => Own::default().like(name),
        name => Own::default().unnamed("__scope", name.span()),
    };
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
    let mut body = quote!(#errors #body);
    if let Some(braces) = braces {
        let mut block = Group::new(Delimiter::Brace, body);
        block.set_span(braces);
        // The parentheses keep rustc from calling the braces unused.
        body = quote_spanned!(scope.span()=> (#block));
    }
    quote_spanned! {scope.span()=>
        #krate::ScopeFuture::#open(#interleaves, |#scope| async { #bind #edge #body })
    }
}

/// Parses the head; the body may be anything. Without a closure there is nothing to expand.
fn parse(input: TokenStream, errors: &mut Errors) -> Option<Input> {
    let mut tokens = input.into_iter();
    // The forwarder in `foster` puts it there.
    let krate = match tokens.next() {
        Some(TokenTree::Group(krate)) => krate.stream(),
        _ => TokenStream::new(),
    };
    let mut tokens = bare(tokens.collect()).into_iter().peekable();
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
    let name = name(&open, head.into_iter().map(bare_token).collect(), errors);
    let (returns, braces, body) = split_type(tokens.collect());
    Some(Input { krate, name, returns, braces, body })
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

/// Splits `-> Type { body }`; without an arrow, all is the body.
fn split_type(mut rest: Vec<TokenTree>) -> (Option<TokenStream>, Option<Span>, TokenStream) {
    let is = |token: Option<&TokenTree>, char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char);
    let typed = is(rest.first(), '-') && is(rest.get(1), '>');
    if (typed || rest.len() == 1)
        && let Some(TokenTree::Group(body)) = rest.last().cloned().map(bare_token)
        && body.delimiter() == Delimiter::Brace
    {
        rest.pop();
        let returns = typed.then(|| rest.into_iter().skip(2).collect());
        return (returns, Some(body.span()), body.stream());
    }
    (None, None, rest.into_iter().collect())
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
        TokenTree::Ident(ident) if text(ident) == text(name) => {
            match (tokens.get(at + 1), tokens.get(at + 2)) {
                (Some(TokenTree::Punct(dot)), Some(TokenTree::Ident(method)))
                    if dot.as_char() == '.' =>
                {
                    !APART.contains(&text(method).as_str())
                }
                _ => true,
            }
        }
        _ => false,
    })
}
