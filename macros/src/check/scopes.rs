//! The scope and its other names.

use proc_macro2::Ident;
use syn::{Expr, UnOp};

use super::Walk;
use super::names::{Id, Kind};

/// Methods of a scope that return a handle.
pub(super) const HANDLES: [&str; 3] = ["attempt", "spawn", "spawn_blocking"];
/// Methods of a scope whose future or function becomes a task of its own.
pub(super) const TASKS: [&str; 5] = ["attempt", "background", "launch", "spawn", "spawn_blocking"];

impl Walk<'_> {
    /// Finds the name under which an expression is the scope: `s`, `&s`, `&mut *s`, `(&*t)`.
    ///
    /// It sees names that a `let` gave to such an expression. It does not see a scope that came out
    /// of a field, a function or a closure's parameter.
    pub(super) fn scope_in<'e>(&self, expr: &'e Expr) -> Option<&'e Ident> {
        match expr {
            Expr::Paren(expr) => self.scope_in(&expr.expr),
            Expr::Group(expr) => self.scope_in(&expr.expr),
            Expr::Reference(expr) => self.scope_in(&expr.expr),
            Expr::Unary(expr) if matches!(expr.op, UnOp::Deref(_)) => self.scope_in(&expr.expr),
            Expr::Path(_) if self.kind_of(expr) == Some(Kind::Scope) => variable(expr),
            _ => None,
        }
    }

    pub(super) fn kind_of(&self, expr: &Expr) -> Option<Kind> {
        let id = self.variable_id(expr)?;
        self.names.get(id).map(|binding| binding.kind)
    }

    pub(super) fn variable_id(&self, expr: &Expr) -> Option<Id> {
        self.lookup(variable(expr)?)
    }
}

/// The name of a variable, if an expression is nothing but that.
pub(super) fn variable(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        Expr::Paren(expr) => variable(&expr.expr),
        Expr::Group(expr) => variable(&expr.expr),
        _ => None,
    }
}
