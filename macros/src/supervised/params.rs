//! The parameters of a function whose body moves into an async block: they move along, all of them,
//! so that they are dropped when and in the order that they are in a plain function.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, FnArg, Pat, PatIdent, PatType, Signature};

use crate::ident::{Own, located_at, text};

// Input:   async fn f(&self, a: A, mut b: B, (c, _): P, _: Q)
// Output:  async fn f(&self, a: A, b: B, __arg3: P, __arg4: Q)
//
//          let _ = &self;
//          let a = a;
//          let mut b = b;
//          let mut __arg3 = __arg3;
//          let (c, _) = __arg3;
//          let __arg4 = __arg4;
//
// What stands right of a `=`, and in the signature, is the expansion's own.
pub(super) fn rebind(sig: &mut Signature, own: &mut Own) -> TokenStream {
    let params = sig.inputs.iter_mut().enumerate();
    params
        .map(|(at, param)| match param {
            FnArg::Receiver(receiver) => {
                let (this, span) = (receiver.self_token, located_at(receiver.self_token.span));
                // Mentioned, so that the block captures the whole of it.
                quote_spanned!(span=> let _ = &#this;)
            }
            FnArg::Typed(param) => rebind_typed(at, param, own),
        })
        .collect()
}

/// Whether the function takes `mut self`, which cannot be bound again.
pub(super) fn owns_mut_self(sig: &Signature) -> bool {
    let receiver = sig.receiver();
    receiver.is_some_and(|this| {
        matches!(this.kind, syn::ReceiverKind::Value) && this.mutability.is_some()
    })
}

fn rebind_typed(at: usize, param: &mut PatType, own: &mut Own) -> TokenStream {
    let [conditions, levels] = along(&mut param.attrs);
    let span = located_at(param.pat.span());
    if let Pat::Ident(PatIdent { by_ref: None, mutability, ident, subpat: None, .. }) =
        &mut *param.pat
    {
        let (mutability, name) = (mutability.take(), ident.clone());
        // The user's own is the binding: there the lints look, and they do not take what is
        // generated for a use.
        *ident = own.like(&name);
        if text(&name).starts_with('_') {
            // In a tuple, or clippy would say that the binding has no effect.
            return quote_spanned!(span=> #(#conditions)* let (#mutability #name,) = (#ident,););
        }
        return quote_spanned! {span=> #(#conditions)* #(#levels)* let #mutability #name = #ident; };
    }
    let whole = own.unnamed(&format!("__arg{at}"), span);
    let pat = std::mem::replace(&mut *param.pat, syn::parse_quote!(#whole));
    if let Pat::Wild(_) = pat {
        return quote_spanned!(span=> #(#conditions)* let #whole = #whole;);
    }
    // `mut` for a `ref mut` in the pattern; what that leaves stays in the variable, as in a plain
    // function.
    quote_spanned! {span=>
        #(#conditions)*
        let mut #whole = #whole;
        #(#conditions)* #(#levels)*
        let #pat = #whole;
    }
}

/// Decides whether a parameter is there; stands on each thing that is made of it.
const CONDITIONS: [&str; 2] = ["cfg", "cfg_attr"];

/// Speaks of the names in a pattern, and goes along with it.
const LEVELS: [&str; 5] = ["allow", "deny", "expect", "forbid", "warn"];

/// The attributes that the binding needs, too. What is expected happens only there.
fn along(attrs: &mut Vec<Attribute>) -> [Vec<Attribute>; 2] {
    let along = [&CONDITIONS[..], &LEVELS]
        .map(|of| attrs.iter().filter(|attr| is_one(attr, of)).cloned().collect());
    attrs.retain(|attr| !attr.path().is_ident("expect"));
    along
}

fn is_one(attr: &Attribute, of: &[&str]) -> bool {
    of.iter().any(|name| attr.path().is_ident(name))
}

/// Whether a parameter binds `name`.
pub(super) fn bind(sig: &Signature, name: &Ident) -> bool {
    let mut bindings = Bindings { name: text(name), found: false };
    for param in &sig.inputs {
        if let FnArg::Typed(param) = param {
            bindings.visit_pat(&param.pat);
        }
    }
    bindings.found
}

/// Looks for a name among those that a pattern binds. Its fields and paths are others.
struct Bindings {
    name: String,
    found: bool,
}

impl<'ast> Visit<'ast> for Bindings {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.found |= text(&pat.ident) == self.name;
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}
