//! `#[allow_unowned(reason = "…")]`: a task that is started on purpose where no scope owns it.
//!
//! It covers the statement that it stands on, a `let` or the last expression among them, with all
//! that is inside. One that covers nothing is no error: it may stand for what a macro cannot see, a
//! `spawn` that the module has imported, and say so to the reader and to clippy.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprLit, Lit, Token};

use super::Walk;
use crate::errors::Errors;
use crate::fragments::bare;
use crate::ident::is;
use crate::messages;

pub(super) const NAME: &str = "allow_unowned";

/// Returns the tokens without the opt-outs, if there is one.
///
/// Those in a scope inside are left: that scope's own expansion reads them.
pub(super) fn strip(tokens: TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    let mut plain: Vec<TokenTree> = Vec::new();
    let mut found = false;
    for token in tokens {
        let TokenTree::Group(group) = &token else {
            plain.push(token);
            continue;
        };
        if let Some(opt_out) = opt_out(&plain, group) {
            found = true;
            check(&opt_out, group, errors);
            plain.pop();
            part(&mut plain);
            continue;
        }
        let inside = if opens_scope(&plain) { None } else { strip(group.stream(), errors) };
        found |= inside.is_some();
        plain.push(inside.map_or(token.clone(), |inside| rebuild(group, inside)));
    }
    found.then(|| plain.into_iter().collect())
}

/// Keeps what stood before an opt-out from becoming one operator with what stands after it.
fn part(before: &mut [TokenTree]) {
    if let Some(TokenTree::Punct(last)) = before.last_mut() {
        let mut apart = Punct::new(last.as_char(), Spacing::Alone);
        apart.set_span(last.span());
        *last = apart;
    }
}

fn rebuild(group: &Group, inside: TokenStream) -> TokenTree {
    let mut rebuilt = Group::new(group.delimiter(), inside);
    rebuilt.set_span(group.span());
    rebuilt.into()
}

/// The name and arguments of an opt-out whose brackets these are.
fn opt_out(before: &[TokenTree], group: &Group) -> Option<(Ident, TokenStream)> {
    let hash = matches!(before.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
    if !hash || group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let mut inside = bare(group.stream()).into_iter();
    match inside.next() {
        Some(TokenTree::Ident(name)) if is(&name, NAME) => Some((name, inside.collect())),
        _ => None,
    }
}

fn is_opt_out(attribute: &Attribute) -> bool {
    attribute.path().get_ident().is_some_and(|name| is(name, NAME))
}

/// Whether `scope!` or `try_scope!` stands right before a group.
fn opens_scope(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(name), TokenTree::Punct(bang)] => {
            bang.as_char() == '!' && (is(name, "scope") || is(name, "try_scope"))
        }
        _ => false,
    }
}

/// An opt-out has a reason, which is not empty, and nothing else.
fn check((name, arguments): &(Ident, TokenStream), group: &Group, errors: &mut Errors) {
    let arguments = match syn::parse2::<Group>(arguments.clone()) {
        Ok(arguments) if arguments.delimiter() == Delimiter::Parenthesis => arguments.stream(),
        _ => return errors.push(name, messages::reason_missing()),
    };
    let mut reasons = 0;
    let mut others = 0;
    let options = |input: ParseStream<'_>| -> syn::Result<()> {
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            let _: Token![=] = input.parse()?;
            let value: Expr = input.parse()?;
            if key != "reason" {
                others += 1;
                errors.push(&key, messages::unknown_allow_option(&key.to_string()));
            } else if reasons > 0 {
                errors.push(&key, messages::reason_twice());
            } else {
                check_reason(&value, errors);
            }
            reasons += usize::from(key == "reason");
            let _: Option<Token![,]> = input.parse()?;
        }
        Ok(())
    };
    if options.parse2(arguments).is_err() {
        errors.push(group, messages::reason_missing());
    } else if reasons + others == 0 {
        errors.push(name, messages::reason_missing());
    }
}

fn check_reason(value: &Expr, errors: &mut Errors) {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().trim().is_empty() => {
            errors.push(text, messages::reason_empty());
        }
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => {}
        value => errors.push(value, messages::reason_not_a_string()),
    }
}

impl Walk<'_> {
    /// Whether a statement begins with an opt-out, whatever else it has before or after that.
    pub(super) fn allows(&self, stmt: &impl ToTokens) -> bool {
        let attributes = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            // What follows is the statement.
            input.parse::<TokenStream>().map(|_| attributes)
        };
        self.allows
            && attributes
                .parse2(stmt.to_token_stream())
                .is_ok_and(|attributes| attributes.iter().any(is_opt_out))
    }
}
