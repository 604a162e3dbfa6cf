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
    //              .scope("name", false, move |__scope| async move {
    //                  params
    //                  let mut __scope = __scope;
    //                  let s = &mut __scope;
    //                  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
    //                      return __ret;
    //                  };
    //                  body
    //              })
    //              .await
    pub(super) fn scope(&self, args: &Args, name: &LitStr) -> TokenStream {
        let at = Span::mixed_site().located_at(self.at);
        let function = self.function(args, at);
        let Some(s) = &args.scope else {
            let body = self.block(TokenStream::new(), at);
            return quote_spanned!(at=> #function.unnamed(#name, #body).await);
        };
        // At the user's own name: there rustc says where a borrow of the scope comes from.
        let scope = Ident::new("__scope", Span::mixed_site().located_at(s.span()));
        let bindings = quote_spanned! {scope.span()=>
            let mut #scope = #scope;
            let #s = &mut #scope;
        };
        let interleaves = interleaves(&TokenTree::Ident(s.clone()), &self.tokens);
        let block = self.block(bindings, at);
        let body = quote_spanned!(at=> move |#scope| { #block });
        quote_spanned!(at=> #function.scope(#name, #interleaves, #body).await)
    }

    /// What chooses the policy by the return type.
    fn function(&self, args: &Args, at: Span) -> TokenStream {
        let krate = args.krate.at(at);
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
