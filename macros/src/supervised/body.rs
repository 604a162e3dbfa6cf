//! A body that becomes a scope.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{LitStr, token};

use super::args::Args;
use crate::edge::Returns;
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
}

impl Body {
    // Input:   body
    // Output:  ::foster::__private::Function::<Ret>::NEW
    //              .named(::foster::__private::life("name"), move |scope| async move {
    //                  params
    //                  let mut scope = scope;
    //                  let s = &mut scope;
    //                  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
    //                      return __ret;
    //                  };
    //                  body
    //              })
    // where it may interleave:
    //              .interleaving("name", move |scope| async move { … })
    // and where it has no name:
    //              .unnamed(::foster::__private::life("name"), async move { … })
    pub(super) fn scope(&self, args: &Args, name: &LitStr) -> TokenStream {
        let at = Span::mixed_site().located_at(self.at);
        let krate = args.krate.at(at);
        let function = self.function(&krate, at);
        let life = quote_spanned!(at=> #krate::__private::life(#name));
        let Some(s) = &args.scope else {
            let body = self.block(TokenStream::new(), at);
            return quote_spanned!(at=> #function.unnamed(#life, #body));
        };
        // At the user's own name, as in `scope!`.
        let scope = Ident::new("scope", Span::mixed_site().located_at(s.span()));
        let bindings = quote_spanned! {scope.span()=>
            let mut #scope = #scope;
            let #s = &mut #scope;
        };
        let block = self.block(bindings, at);
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

    /// The async block, in the user's own braces.
    fn block(&self, bindings: TokenStream, at: Span) -> TokenStream {
        let Self { returns, brace, params, tokens, .. } = self;
        let mut block = quote_spanned!(at=> async move);
        if self.mutates_self {
            // For rustc it is a capture, whose destructor it does not count as a use.
            block = quote_spanned!(at=> #[allow(unused_assignments)] #block);
        }
        brace.surround(&mut block, |block| {
            params.to_tokens(block);
            block.extend(bindings);
            block.extend(returns.edge());
            tokens.to_tokens(block);
        });
        block
    }
}
