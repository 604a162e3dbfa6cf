//! The arguments of macros, which are Rust often enough.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprClosure, Macro, Pat, Token, token};

use super::Walk;
use super::awaited;
use super::walk::Fate;
use crate::ident::{is, text};

/// Macros whose arguments are expressions, which are evaluated as they stand.
const PLAIN: [&str; 36] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "join",
    "matches",
    "panic",
    "print",
    "println",
    "ready",
    "todo",
    "try_join",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
    // These take more than expressions as a rule; then their arguments are only searched.
    "bail",
    "debug",
    "debug_span",
    "ensure",
    "error",
    "error_span",
    "info",
    "info_span",
    "trace",
    "trace_span",
    "warn",
    "warn_span",
];

/// A branch of a `select!`; an `else` has a handler only.
struct Branch {
    pat: Option<Pat>,
    future: Option<Expr>,
    guard: Option<Expr>,
    handler: Expr,
}

impl Walk<'_> {
    /// A macro, and where the value of its call goes.
    pub(super) fn invocation(&mut self, mac: &Macro, fate: Fate) {
        if let Some(name) = awaited::is_ours(mac) {
            match name {
                "shield" => self.shield(&mac.tokens),
                _ => self.scope_inside(&mac.tokens),
            }
            return self.lazy(mac, name, fate);
        }
        let Some(name) = mac.path.segments.last().map(|last| text(&last.ident)) else {
            return;
        };
        match name.as_str() {
            // Its tokens are text.
            "stringify" => {}
            "select" | "select_biased" => self.select(&mac.tokens),
            "vec" => {
                self.collects(fate);
                self.expressions(&mac.tokens, fate);
            }
            name if PLAIN.contains(&name) => {
                self.mention_captures(&mac.tokens);
                self.expressions(&mac.tokens, Fate::Used);
            }
            _ => self.foreign(&mac.tokens),
        }
    }

    fn expressions(&mut self, tokens: &TokenStream, fate: Fate) {
        match expressions.parse2(tokens.clone()) {
            Ok(exprs) => self.flow_each(&exprs, fate),
            Err(_) => self.searched(tokens),
        }
    }

    /// A macro of the user, or of a crate that we do not know: every name in it counts as used, and
    /// nothing in it as lost, for the macro may do anything with its tokens.
    fn foreign(&mut self, tokens: &TokenStream) {
        self.names_unseen = true;
        self.mention_all(tokens);
        self.within(
            |around| around.foreign = true,
            |walk| {
                if let Ok(exprs) = expressions.parse2(tokens.clone()) {
                    walk.flow_each(&exprs, Fate::Used);
                } else if let Ok(stmts) = Block::parse_within.parse2(tokens.clone()) {
                    walk.stmts(&stmts, Fate::Used);
                } else {
                    walk.scan_paths(tokens.clone());
                }
            },
        );
    }

    /// Arguments of a macro that we know, in a form that we do not.
    fn searched(&mut self, tokens: &TokenStream) {
        self.mention_all(tokens);
        self.scan_paths(tokens.clone());
    }

    /// The block of a shield is a task of its own.
    fn shield(&mut self, tokens: &TokenStream) {
        match Block::parse_within.parse2(tokens.clone()) {
            Ok(stmts) => self.in_task(|walk| {
                walk.apart(|walk| walk.stmts(&stmts, Fate::Used));
            }),
            Err(_) => self.searched(tokens),
        }
    }

    /// A scope in this one: a handle of this one may be used, or lost, in it.
    fn scope_inside(&mut self, tokens: &TokenStream) {
        match syn::parse2::<ExprClosure>(tokens.clone()) {
            Ok(closure) => {
                let walk = |walk: &mut Self| walk.closure(&closure, Fate::Used);
                self.within(|around| around.scope = true, walk);
            }
            Err(_) => self.mention_all(tokens),
        }
    }

    /// The branches of `tokio::select!` and `futures::select!`.
    fn select(&mut self, tokens: &TokenStream) {
        let Ok(branches) = branches.parse2(tokens.clone()) else {
            return self.searched(tokens);
        };
        for branch in &branches {
            branch.guard.iter().for_each(|guard| self.flow(guard, Fate::Used));
            branch.future.iter().for_each(|future| self.flow(future, Fate::Used));
            let mark = self.names.mark();
            branch.pat.iter().for_each(|pat| self.declare(pat));
            self.flow(&branch.handler, Fate::Used);
            self.names.leave(mark);
        }
    }
}

/// `a, b` or `a; n`.
fn expressions(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let first: Expr = input.parse()?;
    let mut all = vec![first];
    if input.parse::<Option<Token![;]>>()?.is_some() {
        all.push(input.parse()?);
    } else if input.parse::<Option<Token![,]>>()?.is_some() {
        all.extend(Punctuated::<Expr, Token![,]>::parse_terminated(input)?);
    }
    Ok(all)
}

/// `pat = future, if guard => handler, …, else => handler`
fn branches(input: ParseStream<'_>) -> syn::Result<Vec<Branch>> {
    let mut branches = Vec::new();
    let ahead = input.fork();
    if ahead.parse::<Ident>().is_ok_and(|word| is(&word, "biased")) && ahead.peek(Token![;]) {
        input.parse::<Ident>()?;
        input.parse::<Token![;]>()?;
    }
    while !input.is_empty() {
        branches.push(branch(input)?);
    }
    Ok(branches)
}

fn branch(input: ParseStream<'_>) -> syn::Result<Branch> {
    let (mut pat, mut future, mut guard) = (None, None, None);
    let ahead = input.fork();
    let alone = ["complete", "default"];
    let is_alone =
        ahead.parse::<Ident>().is_ok_and(|word| alone.iter().any(|name| is(&word, name)));
    if is_alone && ahead.peek(Token![=>]) {
        input.parse::<Ident>()?;
    } else if input.parse::<Option<Token![else]>>()?.is_none() {
        pat = Some(Pat::parse_multi_with_leading_vert(input)?);
        input.parse::<Token![=]>()?;
        future = Some(input.parse()?);
        if input.peek(Token![,]) && input.peek2(Token![if]) {
            input.parse::<Token![,]>()?;
            input.parse::<Token![if]>()?;
            guard = Some(input.parse()?);
        }
    }
    input.parse::<Token![=>]>()?;
    let is_block = input.peek(token::Brace);
    let handler = Expr::parse_with_earlier_boundary_rule(input)?;
    let comma: Option<Token![,]> = input.parse()?;
    if comma.is_none() && !is_block && !input.is_empty() {
        return Err(input.error("expected `,`"));
    }
    Ok(Branch { pat, future, guard, handler })
}
