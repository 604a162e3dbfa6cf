//! Calls: what functions and methods do with a handle that they are given.

use syn::{Expr, ExprCall, ExprMethodCall, Path};

use super::Walk;
use super::names::Kind;
use super::scopes::{HANDLES, TASKS};
use super::unowned::segments;
use super::walk::Fate;
use crate::ident::text;
use crate::messages::{Exit, Loss, Start};

/// Functions that return what they are given, in a wrapper.
const WRAPPERS: [&[&str]; 6] =
    [&["Arc", "new"], &["Box", "new"], &["Box", "pin"], &["Err"], &["Ok"], &["Some"]];

/// Methods of iterators and `Option` that pass the values on as they are.
const PASSING: [&str; 7] = ["collect", "enumerate", "fuse", "rev", "skip", "step_by", "take"];

/// Methods of iterators and `Option` that pass on what a closure returns.
const MAPPING: [&str; 3] = ["filter_map", "flat_map", "map"];

/// Methods of a collection that take nothing out of it to anybody.
const KEEPING: [&str; 13] = [
    "capacity",
    "clear",
    "extend",
    "insert",
    "is_empty",
    "len",
    "push",
    "push_back",
    "push_front",
    "reserve",
    "reserve_exact",
    "shrink_to_fit",
    "truncate",
];

/// Methods that put an argument into a collection or channel.
const PUTTING: [&str; 4] = ["insert", "push", "push_back", "push_front"];
const SENDING: [&str; 3] = ["blocking_send", "send", "try_send"];

impl Walk<'_> {
    pub(super) fn call(&mut self, call: &ExprCall, fate: Fate) {
        let path = match &*call.func {
            Expr::Path(func) if func.qself.is_none() => &func.path,
            _ => return self.used_call(call),
        };
        let is_local = path.get_ident().is_some_and(|ident| self.lookup(ident).is_some());
        let names = segments(path);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let wraps = |wrapper: &&[&str]| names.ends_with(wrapper) && !is_local;
        if call.args.len() == 1 && !is_local && self.is_drop(path) {
            self.arguments(call, Fate::Lost(Loss::Drop));
        } else if let Some(function) = self.forgets(path).filter(|_| call.args.len() == 1) {
            self.arguments(call, Fate::Forgotten(function));
        } else if WRAPPERS.iter().any(wraps) {
            self.wraps(fate);
            self.arguments(call, fate);
        } else if let [.., "Scope", method] = names.as_slice()
            && let Some(scope) = call.args.first().and_then(|scope| self.scope_in(scope))
        {
            let start = Start { scope: scope.to_string(), method: (*method).to_owned() };
            let starts = starts(method);
            self.flow_each(call.args.iter().skip(1), starts);
            if HANDLES.contains(method) {
                self.handle(quote::quote!(#path), start, fate);
            }
        } else {
            self.used_call(call);
        }
    }

    fn used_call(&mut self, call: &ExprCall) {
        self.flow(&call.func, Fate::Used);
        self.arguments(call, Fate::Used);
    }

    fn arguments(&mut self, call: &ExprCall, fate: Fate) {
        self.flow_each(&call.args, fate);
    }

    /// `drop`, `mem::drop`, `std::mem::drop`; not one that is defined in the body.
    fn is_drop(&self, path: &Path) -> bool {
        let path = segments(path);
        self.imports
            .find(&path, |path| {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let drops = matches!(
                    path.as_slice(),
                    ["drop"] | ["mem", "drop"] | ["std" | "core", "mem", "drop"]
                );
                drops.then_some(())
            })
            .is_some()
    }

    /// Functions that keep a destructor from running.
    ///
    /// It sees a plain `forget` only when the body imports it: the name is a common one.
    fn forgets(&self, path: &Path) -> Option<&'static str> {
        self.imports.find(&segments(path), |path| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["mem", "forget"] | ["std" | "core", "mem", "forget"] => Some("mem::forget"),
                [.., "ManuallyDrop", "new"] => Some("ManuallyDrop::new"),
                ["Box", "leak"] | ["std", "boxed", "Box", "leak"] => Some("Box::leak"),
                _ => None,
            }
        })
    }

    pub(super) fn method_call(&mut self, call: &ExprMethodCall, fate: Fate) {
        let method = text(&call.method);
        let method = method.as_str();
        self.check_started(call);
        if let Some(scope) = self.scope_in(&call.receiver) {
            let (tokens, start) = {
                let method = &call.method;
                let start = Start { scope: scope.to_string(), method: text(method) };
                (quote::quote!(#scope . #method), start)
            };
            self.method_arguments(call, starts(method));
            if HANDLES.contains(&method) {
                self.handle(tokens, start, fate);
            }
            return;
        }
        if self.is_collection(&call.receiver) && KEEPING.contains(&method) {
            return self.keep(call);
        }
        let followed = !matches!(fate, Fate::Used);
        let exit = if PUTTING.contains(&method) {
            Some(Exit::Kept)
        } else if SENDING.contains(&method) {
            Some(Exit::Sent)
        } else {
            None
        };
        if let Some(exit) = exit.filter(|_| self.is_outside(&call.receiver)) {
            self.flow(&call.receiver, Fate::Used);
            self.method_arguments(call, Fate::Leaves(exit));
        } else if followed && PASSING.contains(&method) {
            if method == "collect" {
                self.collects(fate);
            }
            self.flow(&call.receiver, fate);
            self.method_arguments(call, Fate::Used);
        } else if followed
            && MAPPING.contains(&method)
            && let Some(Expr::Closure(closure)) = call.args.first()
        {
            self.flow(&call.receiver, Fate::Used);
            self.closure(closure, fate);
        } else if followed && super::awaited::configures(call) {
            self.flow(&call.receiver, fate);
            self.method_arguments(call, Fate::Used);
        } else {
            self.flow(&call.receiver, Fate::Used);
            self.method_arguments(call, Fate::Used);
        }
    }

    fn method_arguments(&mut self, call: &ExprMethodCall, fate: Fate) {
        self.flow_each(&call.args, fate);
    }

    fn is_collection(&self, expr: &Expr) -> bool {
        self.kind_of(expr) == Some(Kind::Collection)
    }

    /// A method of a collection that is no use of what the collection holds.
    fn keep(&mut self, call: &ExprMethodCall) {
        if let Some(id) = self.variable_id(&call.receiver) {
            self.method_arguments(call, Fate::Kept(id));
        }
    }
}

/// What becomes of the arguments of a method of the scope.
fn starts(method: &str) -> Fate {
    if TASKS.contains(&method) { Fate::Starts } else { Fate::Used }
}
