//! Tasks that nobody owns: `tokio::spawn` and its kin.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, ExprMethodCall, Path};

use super::Walk;
use super::names::Kind;
use super::{Segments, scopes};
use crate::ident::text;
use crate::messages::{self, Instead};

/// Says whether an absolute path starts a task that no scope owns.
///
/// `JoinSet::new` is known by its last two segments, too: the name is tokio's alone, and `use
/// tokio::task::JoinSet` stands at the head of the file as a rule, where a macro does not see it.
/// `task::spawn` and `thread::spawn` are not: modules of these names are common.
fn known(path: &Segments) -> Option<Instead> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["tokio", "spawn"] | ["tokio", "task", "spawn" | "spawn_local"] => Some(Instead::Task),
        ["tokio", "task", "spawn_blocking"] | ["std", "thread", "spawn"] => Some(Instead::Blocking),
        ["tokio", "task", "JoinSet", "new" | "default"]
        | ["task", "JoinSet", "new" | "default"]
        | ["JoinSet", "new" | "default"] => Some(Instead::Set),
        _ => None,
    }
}

/// Says whether a path is the constructor of a handle to the runtime; the last two segments do.
fn is_current(path: &Segments) -> Option<()> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let full = ["tokio", "runtime", "Handle"];
    let (last, rest) = path.split_last()?;
    let current = matches!(*last, "current" | "try_current");
    (current && !rest.is_empty() && full.ends_with(rest)).then_some(())
}

fn is_builder(path: &Segments) -> Option<Instead> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["std", "thread", "Builder", "new"] => Some(Instead::Blocking),
        ["tokio", "task", "Builder", "new"] => Some(Instead::Task),
        _ => None,
    }
}

impl Walk<'_> {
    /// A path to a function of the list, called or as a value.
    ///
    /// It sees names that a `use` in the body brings, renamed or by `*`. It does not see a `use` of
    /// the module, nor a method of a value whose type is unknown: the clippy preset does.
    pub(super) fn check_path(&mut self, path: &Path) {
        // Without a `use` around, none of them is one word.
        if path.segments.len() < 2 && self.imports.is_empty() {
            return;
        }
        let segments = segments(path);
        if let Some(instead) = self.imports.find(&segments, known) {
            self.unowned(quote!(#path), &segments.join("::"), instead);
        }
    }

    /// `Handle::current().spawn(…)`, `std::thread::Builder::new().spawn(…)`.
    ///
    /// It sees through `?`, `unwrap()` and the like, and through a variable that holds the handle.
    pub(super) fn check_started(&mut self, call: &ExprMethodCall) {
        let method = &call.method;
        let of_runtime = match text(method).as_str() {
            "spawn" | "spawn_local" | "spawn_unchecked" => Instead::Task,
            "spawn_blocking" => Instead::Blocking,
            _ => return,
        };
        let receiver = &call.receiver;
        if self.is_runtime(receiver) {
            let name = if let Some(name) = scopes::variable(receiver) {
                format!("{name}.{method}")
            } else {
                format!("Handle::current().{method}")
            };
            self.unowned(quote!(#receiver . #method), &name, of_runtime);
        } else if let Some((path, instead)) = self.builder(receiver) {
            let name = format!("{path}().{method}");
            self.unowned(quote!(#method), &name, instead);
        }
    }

    /// Whether an expression is a handle to the runtime, as `Handle::current()` returns it.
    pub(super) fn is_runtime(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => match &*call.func {
                Expr::Path(func) => self.imports.find(&segments(&func.path), is_current).is_some(),
                _ => false,
            },
            Expr::MethodCall(call) => {
                let same = ["clone", "expect", "unwrap"];
                same.contains(&text(&call.method).as_str()) && self.is_runtime(&call.receiver)
            }
            Expr::Try(expr) => self.is_runtime(&expr.expr),
            Expr::Paren(expr) => self.is_runtime(&expr.expr),
            Expr::Group(expr) => self.is_runtime(&expr.expr),
            Expr::Reference(expr) => self.is_runtime(&expr.expr),
            Expr::Path(_) => self.kind_of(expr) == Some(Kind::Runtime),
            _ => false,
        }
    }

    /// Finds the builder of threads or tasks at the root of a chain of methods.
    fn builder(&self, mut expr: &Expr) -> Option<(String, Instead)> {
        while let Expr::MethodCall(call) = expr {
            expr = &call.receiver;
        }
        let Expr::Call(call) = expr else {
            return None;
        };
        let Expr::Path(func) = &*call.func else {
            return None;
        };
        let path = segments(&func.path);
        let instead = self.imports.find(&path, is_builder)?;
        Some((path.join("::"), instead))
    }

    /// Paths in tokens that are no expressions of Rust.
    ///
    /// It does not see through generic arguments in the middle of a path.
    pub(super) fn scan_paths(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        let mut after_dot = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.scanned(&mut path);
                    }
                    if !(after_dot && path.is_empty()) {
                        path.push(ident);
                    }
                    (colons, after_dot) = (0, false);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.scanned(&mut path);
                    colons = 0;
                    after_dot = matches!(&other, TokenTree::Punct(punct) if punct.as_char() == '.');
                    if let TokenTree::Group(group) = other {
                        self.scan_paths(group.stream());
                    }
                }
            }
        }
        self.scanned(&mut path);
    }

    fn scanned(&mut self, path: &mut Vec<Ident>) {
        let path = std::mem::take(path);
        let segments: Segments = path.iter().map(text).collect();
        if let Some(instead) = self.imports.find(&segments, known) {
            self.unowned(quote!(#(#path)*), &segments.join("::"), instead);
        }
    }

    fn unowned(&mut self, tokens: TokenStream, path: &str, instead: Instead) {
        // A scope inside of this one reports its own.
        if self.around.allowed || self.around.scope {
            return;
        }
        let name = self.scope.map(ToString::to_string);
        let scope = name.as_deref().ok_or_else(|| self.form.naming());
        let message = messages::unowned(path, instead, scope);
        self.report(tokens, message);
    }
}

pub(super) fn segments(path: &Path) -> Segments {
    path.segments.iter().map(|segment| text(&segment.ident)).collect()
}
