//! `Names`: the local variables that are visible at a point of the body, and what they hold.

use proc_macro2::Ident;

use crate::ident::text;
use crate::messages::{Contents, Loss, Start};

/// A variable, for as long as the walk lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

/// What is known of a variable from the expression that it was bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Value,
    /// The scope, or another name of it.
    Scope,
    /// A handle to a tokio runtime, which starts tasks that no scope owns.
    Runtime,
    /// A collection of the standard library or of futures, of which we know the methods.
    Collection,
}

/// What a variable must not lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Handle(Start),
    /// A future of one of our macros, by the macro's name.
    Lazy(String),
}

#[expect(clippy::struct_excessive_bools, reason = "any of them goes with any other")]
pub(super) struct Binding {
    pub(super) ident: Ident,
    /// The text of that, for comparison.
    name: String,
    pub(super) kind: Kind,
    pub(super) held: Option<Held>,
    pub(super) contents: Contents,
    pub(super) used: bool,
    /// Another variable holds what it held.
    pub(super) moved: bool,
    /// The variables whose values were moved into this one.
    sources: Vec<Id>,
    pub(super) shadowed: bool,
    /// It is there under a `cfg` only: the name may mean the variable that it shadows.
    pub(super) conditional: bool,
    /// A macro that is not understood mentions it, and may have bound the name anew.
    pub(super) rebound: bool,
    /// Where it is let go, first place first; that matters only when nothing else uses it.
    pub(super) losses: Vec<(Ident, Loss)>,
    /// Its place in the source, for the order of errors.
    pub(super) place: usize,
}

/// A point of the walk to which the visible names can be taken back.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

#[derive(Default)]
pub(super) struct Names {
    all: Vec<Binding>,
    visible: Vec<Id>,
}

impl Names {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.visible.len())
    }

    /// Takes the names that became visible since out of sight.
    pub(super) fn leave(&mut self, mark: Mark) {
        self.visible.truncate(mark.0);
    }

    /// Notes that the value of a variable was moved into another.
    pub(super) fn moves(&mut self, from: Id, to: Id) {
        if let Some(to) = self.get_mut(to) {
            to.sources.push(from);
        }
    }

    /// Whether a variable was used, or one that it got its value from.
    pub(super) fn is_used(&self, binding: &Binding) -> bool {
        let mut seen = Vec::new();
        let mut sources = binding.sources.clone();
        let mut used = binding.used;
        while let Some(id) = sources.pop().filter(|_| !used) {
            if let Some(source) = self.get(id).filter(|_| !seen.contains(&id)) {
                seen.push(id);
                used = source.used;
                sources.extend(&source.sources);
            }
        }
        used
    }

    pub(super) fn all(&self) -> &[Binding] {
        &self.all
    }

    /// Makes a variable that is not visible yet: its initialiser comes first.
    pub(super) fn add(&mut self, ident: &Ident, kind: Kind, place: usize) -> Id {
        let id = Id(self.all.len());
        self.all.push(Binding {
            ident: ident.clone(),
            name: text(ident),
            kind,
            held: None,
            contents: Contents::Itself,
            used: false,
            moved: false,
            sources: Vec::new(),
            shadowed: false,
            conditional: false,
            rebound: false,
            losses: Vec::new(),
            place,
        });
        id
    }

    /// Makes a variable visible; one of the same name is from now on shadowed.
    pub(super) fn show(&mut self, id: Id) {
        let name = self.get(id).map(|binding| binding.name.clone()).unwrap_or_default();
        if let Some(other) = self.find(&name).and_then(|other| self.get_mut(other)) {
            other.shadowed = true;
        }
        self.visible.push(id);
    }

    pub(super) fn make_conditional(&mut self, id: Id) {
        if let Some(binding) = self.get_mut(id) {
            binding.conditional = true;
        }
    }

    /// Finds what a name means here: the innermost variable of that name.
    pub(super) fn find(&self, name: &str) -> Option<Id> {
        self.named(name).next()
    }

    /// Finds what else a name may mean here, where `cfg`s decide.
    pub(super) fn find_others(&self, name: &str) -> Vec<Id> {
        let conditional = |id: &Id| self.get(*id).is_some_and(|binding| binding.conditional);
        let first = self.named(name).take_while(conditional).count();
        self.named(name).take(first + 1).skip(1).collect()
    }

    fn named(&self, name: &str) -> impl Iterator<Item = Id> {
        let named = move |id: &Id| self.get(*id).is_some_and(|binding| binding.name == name);
        self.visible.iter().rev().copied().filter(named)
    }

    /// Whether a variable was visible already at `mark`.
    pub(super) fn before(&self, id: Id, mark: Mark) -> bool {
        self.visible.iter().take(mark.0).any(|visible| *visible == id)
    }

    pub(super) fn get(&self, id: Id) -> Option<&Binding> {
        self.all.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Binding> {
        self.all.get_mut(id.0)
    }

    /// Takes all names out of sight, as at an item, which sees none of the variables around it.
    pub(super) fn hide(&mut self) -> Vec<Id> {
        std::mem::take(&mut self.visible)
    }

    pub(super) fn restore(&mut self, visible: Vec<Id>) {
        self.visible = visible;
    }
}
