//! A function that returns a boxed async block: what `#[async_trait]` has made of an `async fn`
//! before `#[supervised]` sees it.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound, token};

use crate::fragments::bare_type;
use crate::function::Function;

/// The parts of `… Box::pin(async move { … })`.
pub(super) struct Boxed<'a> {
    /// All before the parentheses.
    before: Vec<TokenTree>,
    parentheses: Group,
    /// The `async`.
    pub(super) at: Span,
    pub(super) brace: token::Brace,
    pub(super) body: TokenStream,
    /// What the future outputs.
    pub(super) output: &'a Type,
}

impl<'a> Boxed<'a> {
    pub(super) fn find(function: &'a Function) -> Option<Self> {
        let ReturnType::Type(_, returns) = &function.sig.output else {
            return None;
        };
        let output = output(returns)?;
        let mut before: Vec<TokenTree> = function.body.clone().into_iter().collect();
        let Some(TokenTree::Group(parentheses)) = before.pop() else {
            return None;
        };
        let is_call = parentheses.delimiter() == Delimiter::Parenthesis && is_box_pin(&before);
        let mut tokens = parentheses.stream().into_iter();
        let block = [tokens.next(), tokens.next(), tokens.next()];
        let [
            Some(TokenTree::Ident(asyncness)),
            Some(TokenTree::Ident(capture)),
            Some(TokenTree::Group(block)),
        ] = block
        else {
            return None;
        };
        let is_block = asyncness == "async" && capture == "move" && tokens.next().is_none();
        (is_call && is_block).then(|| Self {
            before,
            at: asyncness.span(),
            brace: token::Brace { span: block.delim_span() },
            body: block.stream(),
            output,
            parentheses,
        })
    }

    /// The function's body, with another future in the box.
    pub(super) fn with_future(&self, future: &TokenStream) -> TokenStream {
        let mut call = Group::new(Delimiter::Parenthesis, future.clone());
        call.set_span(self.parentheses.span());
        let mut body: TokenStream = self.before.iter().cloned().collect();
        call.to_tokens(&mut body);
        body
    }
}

/// Whether the tokens end in `Box::pin`.
fn is_box_pin(tokens: &[TokenTree]) -> bool {
    let ending = [":", ":", "pin"];
    let [.., owner, a, b, function] = tokens else {
        return false;
    };
    let is = |token: &TokenTree, text: &str| token.to_string() == text;
    is(owner, "Box") && [a, b, function].iter().zip(ending).all(|(token, text)| is(token, text))
}

/// The `T` of `Pin<Box<dyn Future<Output = T> + …>>`.
fn output(returns: &Type) -> Option<&Type> {
    match bare_type(returns) {
        Type::Path(path) => match &path.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(args) => args.args.iter().find_map(|arg| match arg {
                GenericArgument::Type(inner) => output(inner),
                _ => None,
            }),
            _ => None,
        },
        Type::TraitObject(object) => object.bounds.iter().find_map(output_of_bound),
        _ => None,
    }
}

fn output_of_bound(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let PathArguments::AngleBracketed(args) = &bound.path.segments.last()?.arguments else {
        return None;
    };
    args.args.iter().find_map(|arg| match arg {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}
