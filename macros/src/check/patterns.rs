//! Patterns: which variable gets which part of a value.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, Ident, Pat, PatGuard, PatIdent, Token};

use super::Walk;
use super::names::{Id, Kind};
use super::walk::Fate;
use crate::fragments::bare_type;
use crate::ident::{is, text};
use crate::messages::Loss;

impl Walk<'_> {
    /// Walks through an initialiser, and returns the variables that its pattern declares: they are
    /// not visible in it.
    ///
    /// It sees through tuples, arrays, `Some` and `Ok` that are written out on both sides.
    pub(super) fn bind(&mut self, pat: &Pat, init: &Expr) -> Vec<Id> {
        let mut bound = Vec::new();
        self.bind_into(pat, init, &mut bound);
        bound
    }

    fn bind_into(&mut self, pat: &Pat, init: &Expr, bound: &mut Vec<Id>) {
        match (pat, init) {
            (_, Expr::Paren(init)) => self.bind_into(pat, &init.expr, bound),
            (_, Expr::Group(init)) => self.bind_into(pat, &init.expr, bound),
            (Pat::Paren(pat), _) => self.bind_into(&pat.pat, init, bound),
            (Pat::Type(pat), _) => {
                let from = bound.len();
                self.bind_into(&pat.pat, init, bound);
                if is_collection_type(&pat.ty) {
                    for id in bound.iter().skip(from) {
                        self.become_kind(*id, Kind::Collection);
                    }
                }
            }
            (Pat::Wild(_), _) => self.flow(init, Fate::Lost(Loss::Underscore)),
            (Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }), _) => {
                let kind = self.kind_from(init);
                let id = self.add(ident, kind);
                self.flow(init, Fate::Kept(id));
                bound.push(id);
            }
            (Pat::Tuple(pat), Expr::Tuple(init)) => self.bind_each(&pat.elems, &init.elems, bound),
            (Pat::Slice(pat), Expr::Array(init)) => self.bind_each(&pat.elems, &init.elems, bound),
            (Pat::TupleStruct(pat), Expr::Call(init)) if is_same_wrapper(&pat.path, &init.func) => {
                self.bind_each(&pat.elems, &init.args, bound);
            }
            _ => {
                self.flow(init, Fate::Used);
                self.add_all(pat, bound);
            }
        }
    }

    fn bind_each(
        &mut self,
        pats: &Punctuated<Pat, Token![,]>,
        inits: &Punctuated<Expr, Token![,]>,
        bound: &mut Vec<Id>,
    ) {
        let is_rest = |pat: &Pat| matches!(pat, Pat::Rest(_));
        let rest = pats.iter().position(is_rest).unwrap_or(pats.len());
        let after = pats.len().saturating_sub(rest + 1);
        for (at, init) in inits.iter().enumerate() {
            let from_end = inits.len() - at;
            let pat = if at < rest {
                pats.get(at)
            } else if from_end <= after {
                pats.get(pats.len() - from_end)
            } else {
                None
            };
            match pat {
                Some(pat) => self.bind_into(pat, init, bound),
                None => self.flow(init, Fate::Lost(Loss::Rest)),
            }
        }
    }

    /// Declares the variables of a pattern of which the value is not known.
    pub(super) fn declare(&mut self, pat: &Pat) {
        let mut bound = Vec::new();
        self.add_all(pat, &mut bound);
        self.show(bound);
        let mut guards = Guards(Vec::new());
        guards.visit_pat(pat);
        self.flow_each(guards.0, Fate::Used);
    }

    fn add_all(&mut self, pat: &Pat, bound: &mut Vec<Id>) {
        let mut idents = Idents(Vec::new());
        idents.visit_pat(pat);
        for ident in idents.0 {
            bound.push(self.add(ident, Kind::Value));
        }
    }

    fn add(&mut self, ident: &Ident, kind: Kind) -> Id {
        let place = self.place();
        self.names.add(ident, kind, place)
    }

    pub(super) fn show(&mut self, bound: Vec<Id>) {
        for id in bound {
            self.names.show(id);
        }
    }

    /// What a variable is, by its initialiser.
    fn kind_from(&self, init: &Expr) -> Kind {
        if self.scope_in(init).is_some() {
            Kind::Scope
        } else if self.is_runtime(init) {
            Kind::Runtime
        } else if is_collection(init) {
            Kind::Collection
        } else {
            Kind::Value
        }
    }

    fn become_kind(&mut self, id: Id, kind: Kind) {
        if let Some(binding) = self.names.get_mut(id) {
            binding.kind = kind;
        }
    }
}

/// Collections that do nothing with what is put into them.
const COLLECTIONS: [&str; 9] = [
    "ArrayVec",
    "BTreeMap",
    "FuturesOrdered",
    "FuturesUnordered",
    "HashMap",
    "LinkedList",
    "SmallVec",
    "Vec",
    "VecDeque",
];

/// `Vec::new()` and its like, `vec![…]`.
fn is_collection(init: &Expr) -> bool {
    match init {
        Expr::Macro(expr) => expr.mac.path.get_ident().is_some_and(|name| is(name, "vec")),
        Expr::Call(call) => match &*call.func {
            Expr::Path(func) => {
                let mut segments = func.path.segments.iter().rev();
                let makers = ["new", "with_capacity", "default"];
                segments.next().is_some_and(|last| makers.contains(&text(&last.ident).as_str()))
                    && segments.next().is_some_and(|name| is_collection_name(&name.ident))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_collection_type(ty: &syn::Type) -> bool {
    match bare_type(ty) {
        syn::Type::Path(ty) => {
            ty.path.segments.last().is_some_and(|last| is_collection_name(&last.ident))
        }
        _ => false,
    }
}

fn is_collection_name(ident: &Ident) -> bool {
    COLLECTIONS.contains(&text(ident).as_str())
}

/// Whether a pattern and a call are the same variant of `Option` or `Result`.
fn is_same_wrapper(pat: &syn::Path, func: &Expr) -> bool {
    let Expr::Path(func) = func else {
        return false;
    };
    ["Some", "Ok", "Err"].iter().any(|name| pat.is_ident(name) && func.path.is_ident(name))
}

/// All variables that a pattern binds.
struct Idents<'ast>(Vec<&'ast Ident>);

impl<'ast> Visit<'ast> for Idents<'ast> {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.push(&pat.ident);
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}

/// The guards of an arm's pattern, which see its variables.
struct Guards<'ast>(Vec<&'ast Expr>);

impl<'ast> Visit<'ast> for Guards<'ast> {
    fn visit_pat_guard(&mut self, pat: &'ast PatGuard) {
        self.0.push(&pat.guard);
    }
}
