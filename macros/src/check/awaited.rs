//! `shield!` and scopes inside: each is awaited.

use syn::{Expr, ExprMethodCall, Macro};

use super::Walk;
use super::names::Held;
use super::walk::Fate;
use crate::fragments::bare;
use crate::ident::{is, text};
use crate::messages;

impl Walk<'_> {
    /// A call of one of our macros, at the place where its future goes somewhere.
    ///
    /// It sees a future that is let go in place or in a variable that nothing uses. It does not see
    /// a call *in* the macro that is not awaited, as in `shield!(charge(id))`: that may be a
    /// function which does its work at once.
    pub(super) fn lazy(&mut self, mac: &Macro, name: &str, fate: Fate) {
        // A scope inside of this one reports its own.
        if self.around.foreign || self.around.scope {
            return;
        }
        match fate {
            Fate::Used | Fate::Leaves(_) | Fate::Forgotten(_) | Fate::Starts => {}
            Fate::Lost(_) => {
                let (path, bang) = (&mac.path, &mac.bang_token);
                self.report(quote::quote!(#path #bang), messages::not_awaited(name));
            }
            Fate::Kept(id) => self.hold(id, Held::Lazy(name.to_owned())),
        }
    }
}

/// Whether a method only configures the future of one of our macros: `scope!(…).named("x")`.
pub(super) fn configures(call: &ExprMethodCall) -> bool {
    let configuring = ["cancelled_by", "named", "within"];
    configuring.contains(&text(&call.method).as_str())
        && match &*call.receiver {
            Expr::Macro(expr) => is_ours(&expr.mac).is_some(),
            Expr::MethodCall(call) => configures(call),
            _ => false,
        }
}

/// The name of a macro of ours: `scope!(|s| …)` under any path, as other crates have a `scope!`
/// that takes no closure; `shield!` under its own name or that of the crate.
pub(super) fn is_ours(mac: &Macro) -> Option<&'static str> {
    let last = mac.path.segments.last()?;
    let opens = || {
        let mut tokens = bare(mac.tokens.clone()).into_iter();
        matches!(tokens.next(), Some(proc_macro2::TokenTree::Punct(punct)) if punct.as_char() == '|')
    };
    if is(&last.ident, "shield") {
        let first = mac.path.segments.first()?;
        let short = mac.path.segments.len() == 1 || is(&first.ident, "foster");
        return short.then_some("shield");
    }
    let names = ["scope", "try_scope"];
    names.into_iter().find(|name| is(&last.ident, name)).filter(|_| opens())
}
