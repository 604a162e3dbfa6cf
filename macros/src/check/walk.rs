//! The walk: where the value of each expression goes.

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprMatch, Item, Local, Pat, Stmt};

use super::names::{Id, Kind};
use super::scopes;
use super::{Around, Walk};
use crate::ident::text;
use crate::messages::{Contents, Exit, Loss};

/// What becomes of the value of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// Something takes it, or may.
    Used,
    Lost(Loss),
    /// It becomes a variable, or a part of one.
    Kept(Id),
    /// It leaves the body of the scope.
    Leaves(Exit),
    /// It is given to a function of this name, which forgets it.
    Forgotten(&'static str),
    /// It becomes a task.
    Starts,
}

impl Walk<'_> {
    pub(super) fn body(&mut self, stmts: &[Stmt]) {
        self.stmts(stmts, Fate::Leaves(Exit::Returned));
        self.judge();
    }

    pub(super) fn block(&mut self, block: &Block, fate: Fate) {
        self.stmts(&block.stmts, fate);
    }

    /// A block, whose value is that of its last expression.
    pub(super) fn stmts(&mut self, stmts: &[Stmt], fate: Fate) {
        let mark = self.names.mark();
        let imports = self.imports.enter(stmts);
        for (at, stmt) in stmts.iter().enumerate() {
            let fate = if at + 1 == stmts.len() { fate } else { Fate::Lost(Loss::Statement) };
            let allowed = self.allows(stmt);
            self.within(|around| around.allowed |= allowed, |walk| walk.stmt(stmt, fate));
        }
        if imports {
            self.imports.leave();
        }
        self.names.leave(mark);
    }

    fn stmt(&mut self, stmt: &Stmt, fate: Fate) {
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Item(item) => self.item(item),
            Stmt::Expr(expr, None) => self.flow(expr, fate),
            Stmt::Expr(expr, Some(_)) => self.flow(expr, Fate::Lost(Loss::Statement)),
            Stmt::Macro(stmt) if stmt.semi_token.is_none() => self.invocation(&stmt.mac, fate),
            Stmt::Macro(stmt) => self.invocation(&stmt.mac, Fate::Lost(Loss::Statement)),
        }
    }

    fn local(&mut self, local: &Local) {
        let Some(init) = &local.init else {
            return self.declare(&local.pat);
        };
        let bound = self.bind(&local.pat, &init.expr);
        if local.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            for id in &bound {
                self.names.make_conditional(*id);
            }
        }
        if let Some((_, diverge)) = &init.diverge {
            self.flow(diverge, Fate::Used);
        }
        self.show(bound);
    }

    /// An item in the body: other code, which sees none of the variables, but is in the body all
    /// the same, so a task that it starts has no owner either.
    fn item(&mut self, item: &Item) {
        if let Item::Macro(item) = item {
            return self.unknown_tokens(&item.mac.tokens);
        }
        let visible = self.names.hide();
        let mark = self.names.mark();
        let enter = |around: &mut Around| (around.apart, around.task) = (true, None);
        self.within(enter, |walk| visit::visit_item(walk, item));
        self.names.leave(mark);
        self.names.restore(visible);
    }

    /// Follows the value of an expression, and walks through what it is made of.
    pub(super) fn flow(&mut self, expr: &Expr, fate: Fate) {
        match expr {
            Expr::Paren(expr) => self.flow(&expr.expr, fate),
            Expr::Group(expr) => self.flow(&expr.expr, fate),
            Expr::Block(expr) => self.block(&expr.block, fate),
            Expr::Unsafe(expr) => self.block(&expr.block, fate),
            Expr::If(expr) => self.branch(expr, fate),
            Expr::Match(expr) => self.arms(expr, fate),
            Expr::Tuple(expr) => {
                self.wraps(fate);
                self.flow_each(&expr.elems, fate);
            }
            Expr::Array(expr) => {
                self.collects(fate);
                self.flow_each(&expr.elems, fate);
            }
            Expr::Struct(expr) => {
                self.wraps(fate);
                self.flow_each(expr.fields.iter().map(|field| &field.expr), fate);
                self.flow_each(expr.rest.as_deref(), Fate::Used);
            }
            Expr::Call(call) => self.call(call, fate),
            Expr::MethodCall(call) => self.method_call(call, fate),
            Expr::Macro(expr) => self.invocation(&expr.mac, fate),
            Expr::Path(path) => match path.path.get_ident() {
                Some(ident) if path.qself.is_none() && self.lookup(ident).is_some() => {
                    self.mention(ident, fate);
                }
                _ => self.check_path(&path.path),
            },
            Expr::Assign(expr) => self.assign(&expr.left, &expr.right),
            Expr::Return(expr) => {
                let fate =
                    if self.around.apart { Fate::Used } else { Fate::Leaves(Exit::Returned) };
                self.flow_each(expr.expr.as_deref(), fate);
            }
            Expr::Closure(closure) => {
                self.in_task_if(fate, |walk| walk.closure(closure, Fate::Used));
            }
            Expr::Async(expr) => self.in_task_if(fate, |walk| {
                walk.apart(|walk| walk.block(&expr.block, Fate::Used));
            }),
            Expr::Let(expr) => {
                let bound = self.bind(&expr.pat, &expr.expr);
                self.show(bound);
            }
            Expr::ForLoop(expr) => self.for_loop(expr),
            Expr::While(expr) => self.in_block(|walk| {
                walk.flow(&expr.cond, Fate::Used);
                walk.block(&expr.body, Fate::Lost(Loss::Statement));
            }),
            Expr::Loop(expr) => self.block(&expr.body, Fate::Lost(Loss::Statement)),
            Expr::Verbatim(tokens) if tokens.is_empty() => {}
            Expr::Verbatim(tokens) => self.unknown_tokens(tokens),
            expr => visit::visit_expr(self, expr),
        }
    }

    pub(super) fn flow_each<'e, I>(&mut self, exprs: I, fate: Fate)
    where
        I: IntoIterator<Item = &'e Expr>,
    {
        for expr in exprs {
            self.flow(expr, fate);
        }
    }

    fn in_task_if(&mut self, fate: Fate, walk: impl FnOnce(&mut Self)) {
        if matches!(fate, Fate::Starts) { self.in_task(walk) } else { walk(self) }
    }

    /// Walks through code that leaves its names behind it.
    fn in_block(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.names.mark();
        walk(self);
        self.names.leave(mark);
    }

    /// Walks through code that runs apart from the body.
    pub(super) fn apart(&mut self, walk: impl FnOnce(&mut Self)) {
        self.within(|around| around.apart = true, walk);
    }

    fn branch(&mut self, expr: &ExprIf, fate: Fate) {
        // Without an `else` the value of the branch can go nowhere.
        let fate = if expr.else_branch.is_some() { fate } else { Fate::Lost(Loss::Statement) };
        self.in_block(|walk| {
            walk.flow(&expr.cond, Fate::Used);
            walk.block(&expr.then_branch, fate);
        });
        if let Some((_, other)) = &expr.else_branch {
            self.flow(other, fate);
        }
    }

    fn arms(&mut self, expr: &ExprMatch, fate: Fate) {
        self.flow(&expr.expr, Fate::Used);
        for arm in &expr.arms {
            self.in_block(|walk| {
                let allowed = walk.allows(arm);
                walk.declare(&arm.pat);
                walk.within(|around| around.allowed |= allowed, |walk| walk.flow(&arm.body, fate));
            });
        }
    }

    fn for_loop(&mut self, expr: &ExprForLoop) {
        self.in_block(|walk| {
            // Any other pattern takes apart what comes out of the expression, not that itself.
            if let Pat::Ident(_) | Pat::Wild(_) = *expr.pat {
                let bound = walk.bind(&expr.pat, &expr.expr);
                walk.show(bound);
            } else {
                walk.flow(&expr.expr, Fate::Used);
                walk.declare(&expr.pat);
            }
            walk.block(&expr.body, Fate::Lost(Loss::Statement));
        });
    }

    /// A closure; `fate` is what its caller does with what it returns.
    pub(super) fn closure(&mut self, closure: &ExprClosure, fate: Fate) {
        let fate = if closure.asyncness.is_some() { Fate::Used } else { fate };
        self.apart(|walk| {
            walk.in_block(|walk| {
                closure.inputs.iter().for_each(|input| walk.declare(input));
                walk.flow(&closure.body, fate);
            });
        });
    }

    /// An assignment does not use the variable: what it holds afterwards has to be used.
    ///
    /// It does not see what the variable held before, and loses now.
    fn assign(&mut self, left: &Expr, right: &Expr) {
        if let Expr::Infer(_) = left {
            return self.flow(right, Fate::Lost(Loss::Assigned));
        }
        if let Some(id) = self.variable_id(left) {
            return self.flow(right, Fate::Kept(id));
        }
        let fate = if self.is_outside(left) { Fate::Leaves(Exit::Kept) } else { Fate::Used };
        self.flow(right, fate);
        self.flow(left, Fate::Used);
    }

    /// Tokens that are no Rust that we know: what they mention is used.
    pub(super) fn unknown_tokens(&mut self, tokens: &TokenStream) {
        self.names_unseen = true;
        self.mention_all(tokens);
        self.scan_paths(tokens.clone());
    }

    /// Whether an expression is a variable that was declared outside of the body, or a part of one.
    ///
    /// It does not know after a macro of unknown syntax, which may have declared it.
    pub(super) fn is_outside(&self, expr: &Expr) -> bool {
        let unknown = self.names_unseen || self.around.foreign;
        let is_variable = |ident: &proc_macro2::Ident| {
            let name = text(ident);
            name == "self" || name.starts_with(|char: char| char.is_lowercase())
        };
        !unknown
            && scopes::variable(root(expr))
                .is_some_and(|ident| is_variable(ident) && self.lookup(ident).is_none())
    }

    /// Notes that what becomes a variable is in a wrapper, such as a tuple.
    pub(super) fn wraps(&mut self, fate: Fate) {
        if let Fate::Kept(id) = fate
            && let Some(binding) = self.names.get_mut(id)
            && binding.contents == Contents::Itself
        {
            binding.contents = Contents::One;
        }
    }

    /// Notes that what becomes a variable is a collection.
    pub(super) fn collects(&mut self, fate: Fate) {
        if let Fate::Kept(id) = fate
            && let Some(binding) = self.names.get_mut(id)
        {
            binding.contents = Contents::Many;
            if binding.kind == Kind::Value {
                binding.kind = Kind::Collection;
            }
        }
    }
}

/// The variable of a place: `a` in `a.b[c]`.
fn root(mut place: &Expr) -> &Expr {
    loop {
        place = match place {
            Expr::Field(expr) => &expr.base,
            Expr::Index(expr) => &expr.expr,
            Expr::Paren(expr) => &expr.expr,
            Expr::Unary(expr) if matches!(expr.op, syn::UnOp::Deref(_)) => &expr.expr,
            place => return place,
        };
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.flow(expr, Fate::Used);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.block(block, Fate::Used);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        self.item(item);
    }

    fn visit_fn_arg(&mut self, argument: &'ast syn::FnArg) {
        if let syn::FnArg::Typed(argument) = argument {
            self.declare(&argument.pat);
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.invocation(mac, Fate::Used);
    }

    // Neither holds an expression of the body.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_type(&mut self, _: &'ast syn::Type) {}
}
