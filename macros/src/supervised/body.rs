//! A body that becomes a scope.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{LitStr, token};

use super::args::Args;
use crate::edge::Returns;
use crate::ident::{Own, located_at};
use crate::scope::interleaves;

/// The body of an async function or block.
pub(super) struct Body {
    /// Where what is generated points at: the `async`.
    pub(super) at: Span,
    pub(super) returns: Returns,
    pub(super) brace: token::Brace,
    /// The bindings of the parameters.
    pub(super) params: TokenStream,
    /// The function takes `mut self`.
    pub(super) mutates_self: bool,
    pub(super) tokens: TokenStream,
    /// The variables of the expansion, those of the parameters among them.
    pub(super) own: Own,
}

impl Body {
    // Input:   body
    // Output:  ::foster::__private::Function::<Ret>::NEW
    //              .named(::foster::__private::life("name"), move |s| async move {
    //                  params
    //                  let mut s = s;
    //                  let s = &mut s;
    //                  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
    //                      return __ret;
    //                  };
    //                  ({ body })
    //              })
    // where it may interleave:
    //              .interleaving("name", move |s| async move { … })
    // and where it has no name:
    //              .unnamed(::foster::__private::life("name"), async move { … })
    //
    // All but the first `s` of the last `let` are the expansion's own.
    pub(super) fn scope(mut self, args: &Args, name: &LitStr) -> TokenStream {
        let at = located_at(self.at);
        let krate = args.krate.at(at);
        let function = self.function(&krate, at);
        let life = quote_spanned!(at=> #krate::__private::life(#name));
        let Some(s) = &args.scope else {
            let body = self.block(&TokenStream::new(), at);
            return quote_spanned!(at=> #function.unnamed(#life, #body));
        };
        // At the user's own name, as in `scope!`.
        let scope = self.own.like(s);
        let bindings = quote_spanned! {scope.span()=>
            let mut #scope = #scope;
            let #s = &mut #scope;
        };
        let block = self.block(&bindings, at);
        let body = quote_spanned!(at=> move |#scope| { #block });
        if self.interleaves(args) {
            return quote_spanned!(at=> #function.interleaving(#name, #body));
        }
        quote_spanned!(at=> #function.named(#life, #body))
    }

    pub(super) fn interleaves(&self, args: &Args) -> bool {
        let scope = args.scope.clone().map(TokenTree::Ident);
        scope.is_some_and(|scope| interleaves(&scope, &self.tokens))
    }

    /// What chooses the policy by the return type.
    fn function(&self, krate: &TokenStream, at: Span) -> TokenStream {
        let Some(returns) = &self.returns.name else {
            return quote_spanned!(at=> #krate::__private::PlainFunction::<_>::NEW);
        };
        quote_spanned!(at=> #krate::__private::Function::<#returns>::NEW)
    }

    /// The async block. The body in it keeps its braces: their edition says when the temporaries of
    /// its last expression are dropped, and that is before the parameters and the scope.
    fn block(&self, bindings: &TokenStream, at: Span) -> TokenStream {
        let Self { brace, params, tokens, .. } = self;
        let edge = self.returns.edge();
        let mut body = TokenStream::new();
        brace.surround(&mut body, |body| tokens.to_tokens(body));
        // The parentheses keep rustc from calling the braces unused.
        let body = quote_spanned!(at=> (#body));
        // For rustc `mut self` is a capture, whose destructor it does not count as a use.
        let allow = self.mutates_self.then(|| quote_spanned!(at=> #[allow(unused_assignments)]));
        quote_spanned!(at=> #allow async move { #params #bindings #edge #body })
    }
}
