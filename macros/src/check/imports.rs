//! `Imports`: what the `use`s in a body make of a path.

use syn::{Item, Stmt, UseTree};

use super::Segments;
use crate::ident::text;

/// The `use`s and items of the blocks around a point, innermost last.
///
/// It does not see the `use`s of the module: a macro is given the body and nothing else.
#[derive(Default)]
pub(super) struct Imports(Vec<Frame>);

/// What one block brings into scope, wherever in it that stands.
#[derive(Default)]
struct Frame {
    /// A name, and the path that it stands for; `None` for an item that is defined here.
    names: Vec<(String, Option<Segments>)>,
    globs: Vec<Segments>,
}

/// Enough for any `use` of a `use`, and an end for those that go in a circle.
const MAX_STEPS: usize = 8;

impl Imports {
    /// Enters a block; answers whether there is anything to leave.
    pub(super) fn enter(&mut self, block: &[Stmt]) -> bool {
        let mut frame = Frame::default();
        for stmt in block {
            if let Stmt::Item(item) = stmt {
                frame.add(item);
            }
        }
        let found = !frame.names.is_empty() || !frame.globs.is_empty();
        if found {
            self.0.push(frame);
        }
        found
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Looks a path up that `known` may know, under the name that it has here.
    pub(super) fn find<T>(
        &self,
        path: &Segments,
        known: impl Fn(&Segments) -> Option<T>,
    ) -> Option<T> {
        let mut path = path.clone();
        for _ in 0..MAX_STEPS {
            let first = path.first()?;
            let mut named = None;
            for frame in self.0.iter().rev() {
                named = frame.names.iter().find(|(name, _)| name == first);
                if named.is_some() {
                    break;
                }
                for glob in &frame.globs {
                    let full = glob.iter().chain(&path).cloned().collect();
                    if let Some(found) = known(&full) {
                        return Some(found);
                    }
                }
            }
            match named {
                None => return known(&path),
                Some((_, None)) => return None,
                Some((_, Some(full))) if full.first() == Some(first) => {
                    return known(&full.iter().chain(path.iter().skip(1)).cloned().collect());
                }
                Some((_, Some(full))) => {
                    path = full.iter().chain(path.iter().skip(1)).cloned().collect();
                }
            }
        }
        None
    }
}

impl Frame {
    fn add(&mut self, item: &Item) {
        let defined = match item {
            Item::Use(item) => return self.add_tree(&item.tree, &Vec::new()),
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Mod(item) => &item.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            _ => return,
        };
        self.names.push((text(defined), None));
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &Segments) {
        let with = |ident: &syn::Ident| {
            let mut path = prefix.clone();
            path.push(text(ident));
            path
        };
        match tree {
            UseTree::Path(tree) => self.add_tree(&tree.tree, &with(&tree.ident)),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_tree(tree, prefix));
            }
            UseTree::Glob(_) => self.globs.push(prefix.clone()),
            // `use tokio::task::{self}` brings `task`.
            UseTree::Name(name) if name.ident == "self" => {
                self.add_name(prefix.last().cloned(), prefix.clone());
            }
            UseTree::Rename(rename) if rename.ident == "self" => {
                self.add_name(Some(text(&rename.rename)), prefix.clone());
            }
            UseTree::Name(name) => {
                self.add_name(Some(text(&name.ident)), with(&name.ident));
            }
            UseTree::Rename(rename) => {
                self.add_name(Some(text(&rename.rename)), with(&rename.ident));
            }
        }
    }

    fn add_name(&mut self, name: Option<String>, path: Segments) {
        self.names.extend(name.map(|name| (name, Some(path))));
    }
}
