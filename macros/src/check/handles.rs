//! Handles: each is used, and none leaves the body.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Walk;
use super::mentions;
use super::names::{Held, Id, Kind};
use super::walk::Fate;
use crate::ident::text;
use crate::messages::{self, Contents, Exit, Neglect, Start};

impl Walk<'_> {
    /// A call that returns a handle, at the place where its value goes somewhere.
    ///
    /// It sees where blocks, branches, tuples, struct literals, `Some(…)`, `vec![…]` and an
    /// iterator's `map(…).collect()` pass the handle on. It takes any other function or method that
    /// is given the handle for a use.
    pub(super) fn handle(&mut self, tokens: TokenStream, start: Start, fate: Fate) {
        if self.around.foreign {
            return;
        }
        match fate {
            Fate::Used => {}
            Fate::Starts => self.report(tokens, messages::handle_leaves(Exit::Task, None)),
            Fate::Lost(loss) => self.report(tokens, messages::handle_lost(&start, loss)),
            Fate::Kept(id) => self.hold(id, Held::Handle(start)),
            Fate::Leaves(exit) => self.report(tokens, messages::handle_leaves(exit, None)),
            Fate::Forgotten(function) => {
                self.report(tokens, messages::handle_forgotten(function));
            }
        }
    }

    /// A variable gets something that must not be lost.
    pub(super) fn hold(&mut self, id: Id, held: Held) {
        let Some(binding) = self.names.get_mut(id) else {
            return;
        };
        let again = binding.contents == Contents::One && binding.held.is_some();
        if again || binding.kind == Kind::Collection {
            binding.contents = Contents::Many;
        }
        binding.held.get_or_insert(held);
    }

    /// A variable, at the place where its value goes somewhere.
    pub(super) fn mention(&mut self, ident: &Ident, fate: Fate) {
        let Some(id) = self.lookup(ident) else {
            return;
        };
        for other in self.names.find_others(&text(ident)) {
            if let Some(binding) = self.names.get_mut(other) {
                binding.used = true;
            }
        }
        let moved = self.around.task.is_some_and(|start| self.names.before(id, start));
        let foreign = self.around.foreign;
        let Some(binding) = self.names.get_mut(id) else {
            return;
        };
        let name = binding.ident.to_string();
        let held = binding.held.clone();
        let is_handle = matches!(held, Some(Held::Handle(_))) && !binding.rebound && !foreign;
        match fate {
            Fate::Lost(loss) if !foreign => return binding.losses.push((ident.clone(), loss)),
            Fate::Kept(other) => {
                let contents = binding.contents;
                if held.is_some() {
                    binding.moved = true;
                } else {
                    binding.used = true;
                }
                if let Some(held) = held {
                    self.hold(other, held);
                    self.names.moves(id, other);
                    match contents {
                        Contents::Itself => {}
                        Contents::One => self.wraps(fate),
                        Contents::Many => self.collects(fate),
                    }
                }
            }
            Fate::Leaves(exit) if is_handle => {
                binding.used = true;
                let name = Some(name.as_str()).filter(|_| binding.contents == Contents::Itself);
                return self.report(quote!(#ident), messages::handle_leaves(exit, name));
            }
            Fate::Forgotten(function) if is_handle => {
                binding.used = true;
                return self.report(quote!(#ident), messages::handle_forgotten(function));
            }
            _ => binding.used = true,
        }
        if is_handle && (moved || matches!(fate, Fate::Starts)) {
            self.captured(id, ident);
        }
    }

    /// A handle that a task captures.
    ///
    /// It sees the future of a task that is written as an `async` block, and the function of
    /// `spawn_blocking` that is written as a closure.
    fn captured(&mut self, id: Id, ident: &Ident) {
        let Some(binding) = self.names.get_mut(id) else {
            return;
        };
        // Once for each handle is enough.
        binding.rebound = true;
        let name = Some(binding.ident.to_string()).filter(|_| binding.contents == Contents::Itself);
        self.report(quote!(#ident), messages::handle_leaves(Exit::Task, name.as_deref()));
    }

    pub(super) fn in_task(&mut self, walk: impl FnOnce(&mut Self)) {
        let start = self.names.mark();
        self.within(|around| around.task = Some(start), walk);
    }

    /// All names in tokens of which the syntax is not known.
    pub(super) fn mention_all(&mut self, tokens: &TokenStream) {
        mentions::each(tokens.clone(), &mut |name| self.mention_unknown(name));
    }

    /// The names that string literals capture.
    pub(super) fn mention_captures(&mut self, tokens: &TokenStream) {
        mentions::each_capture(tokens.clone(), &mut |name| self.mention_unknown(name));
    }

    fn mention_unknown(&mut self, name: &str) {
        let others = self.names.find_others(name);
        for id in self.names.find(name).into_iter().chain(others) {
            if let Some(binding) = self.names.get_mut(id) {
                binding.used = true;
                binding.rebound = true;
            }
        }
    }

    /// The variables of the whole body: what they hold was used, or is lost.
    ///
    /// It does not see the value that a variable loses when it is assigned again, and takes any
    /// mention for a use but these: `drop(h)`, `h;`, `let _ = h;`, and the methods of a collection
    /// that take nothing out of it. What was moved into a variable that nothing uses counts as used
    /// when something else uses it, on another path.
    pub(super) fn judge(&mut self) {
        for binding in self.names.all() {
            let Some(held) = &binding.held else {
                continue;
            };
            if binding.moved || self.names.is_used(binding) {
                continue;
            }
            let name = binding.ident.to_string();
            let loss = binding.losses.first();
            let message = match held {
                Held::Lazy(lazy) => messages::binding_not_awaited(&name, lazy),
                Held::Handle(start) => {
                    let how = match loss {
                        Some((_, loss)) => Neglect::Lost(*loss),
                        None if binding.shadowed => Neglect::Shadowed,
                        None => Neglect::Unused,
                    };
                    messages::binding_lost(&name, binding.contents, start, how)
                }
            };
            let at = loss.map_or(&binding.ident, |(at, _)| at);
            self.found.push((binding.place, quote!(#at), message));
        }
    }
}
