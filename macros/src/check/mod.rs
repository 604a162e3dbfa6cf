//! Checks of a body: what loses a task or its value does not compile.
//!
//! The body is parsed only to look at it. What is emitted are the user's own tokens, without the
//! opt-outs; the errors stand before them. A body, or the arguments of a macro, that cannot be
//! parsed is searched for paths only, and left for rustc to report.
//!
//! The rules have one bias: to miss a leak rather than to reject a correct program. The walk does
//! not know types, nor the order in which loops and branches run: a handle that is mentioned on any
//! path, in whatever way, counts as used. What each rule cannot see is said beside it; none sees
//!
//! - what a function, a method or a macro of the user does with what it is given;
//! - a scope or handle that comes out of a field, a parameter or a function;
//! - names that a macro brings. Names are compared as text, without hygiene.

mod allow;
mod arguments;
mod awaited;
mod calls;
mod handles;
mod imports;
mod mentions;
mod names;
mod patterns;
mod scopes;
mod unowned;
mod walk;

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Block, Stmt};

use self::imports::Imports;
use self::mentions::Mentions;
use self::names::{Id, Kind, Mark, Names};
use crate::errors::Errors;
use crate::ident::text;

/// A path, as its segments without generic arguments.
type Segments = Vec<String>;

/// Whose body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Scope,
    TryScope,
    Supervised,
}

impl Form {
    /// How to give the scope a name.
    fn naming(self) -> &'static str {
        match self {
            Self::Scope => "scope!(|s| { … })",
            Self::TryScope => "try_scope!(|s| { … })",
            Self::Supervised => "#[supervised(s)]",
        }
    }
}

/// Checks a body, and returns its tokens without the opt-outs in it.
///
/// `scope` is the name of the scope, if it has one.
pub(crate) fn body(
    scope: Option<&Ident>,
    form: Form,
    body: TokenStream,
    errors: &mut Errors,
) -> TokenStream {
    let mentions = Mentions::of(&body);
    let plain = if mentions.allows { allow::strip(body.clone(), errors) } else { None };
    if mentions.leaks {
        let mut walk = Walk::new(scope, form, plain.is_some());
        match statements.parse2(body.clone()) {
            Ok(stmts) => walk.body(&stmts),
            // Half-typed code: nobody can tell which statement an opt-out in it belongs to.
            Err(_) if plain.is_some() => {}
            Err(_) => walk.scan_paths(body.clone()),
        }
        walk.finish(errors);
    }
    plain.unwrap_or(body)
}

/// A function's body may begin with attributes of its own.
fn statements(input: ParseStream<'_>) -> syn::Result<Vec<Stmt>> {
    Attribute::parse_inner(input)?;
    Block::parse_within(input)
}

/// What is around a point of the walk.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them goes with any other")]
struct Around {
    /// A statement with an opt-out.
    allowed: bool,
    /// A closure, `async` block or item: `return` there does not leave the scope.
    apart: bool,
    /// A scope that was opened in this one, and has checks of its own.
    scope: bool,
    /// A macro whose syntax is not known: what looks lost in it may not be.
    foreign: bool,
    /// A task: what was visible before it cannot be a handle in it.
    task: Option<Mark>,
}

/// One walk over a body, in the order of evaluation.
struct Walk<'a> {
    scope: Option<&'a Ident>,
    form: Form,
    names: Names,
    imports: Imports,
    /// The body has opt-outs at all.
    allows: bool,
    around: Around,
    /// The body has, so far, a macro that may have brought names that are not seen.
    names_unseen: bool,
    places: usize,
    found: Vec<(usize, TokenStream, String)>,
}

impl<'a> Walk<'a> {
    fn new(scope: Option<&'a Ident>, form: Form, allows: bool) -> Self {
        let mut walk = Self {
            scope,
            form,
            names: Names::default(),
            imports: Imports::default(),
            allows,
            around: Around::default(),
            names_unseen: false,
            places: 0,
            found: Vec::new(),
        };
        if let Some(scope) = scope {
            let id = walk.names.add(scope, Kind::Scope, 0);
            walk.names.show(id);
        }
        walk
    }

    /// Walks through code with something new around it.
    fn within(&mut self, enter: impl FnOnce(&mut Around), walk: impl FnOnce(&mut Self)) {
        let outside = self.around;
        enter(&mut self.around);
        walk(self);
        self.around = outside;
    }

    /// Finds the variable that an identifier means here.
    fn lookup(&self, ident: &Ident) -> Option<Id> {
        self.names.find(&text(ident))
    }

    /// The next place in the order of the source.
    fn place(&mut self) -> usize {
        self.places += 1;
        self.places
    }

    fn report(&mut self, tokens: TokenStream, message: String) {
        let place = self.place();
        self.found.push((place, tokens, message));
    }

    /// Hands the errors over in the order of the source; a variable stands where it began.
    fn finish(mut self, errors: &mut Errors) {
        self.found.sort_by_key(|(place, ..)| *place);
        for (_, tokens, message) in self.found {
            errors.push(tokens, message);
        }
    }
}
