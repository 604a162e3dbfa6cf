//! Identifiers: which of them are one name, and those that an expansion brings itself.

use proc_macro2::{Ident, Span};

/// The name of an identifier: `r#s` and `s` are one.
pub(crate) fn text(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix(RAW).map(str::to_owned).unwrap_or(text)
}

pub(crate) fn is(ident: &Ident, name: &str) -> bool {
    text(ident) == name
}

const RAW: &str = "r#";

/// Keywords of this crate's edition that are names in an earlier one. An expansion's own
/// identifiers have this edition, whatever that of the user is.
const LATER_KEYWORDS: [&str; 1] = ["gen"];

/// The variables of one expansion: the user sees none of them, and none has the name of another.
///
/// Hygiene hides them from the user's tokens, but not from the constants and statics of the user,
/// which a pattern means rather than a new variable. So each has the name of a variable that the
/// user declares in the same place, or one that nobody writes.
#[derive(Default)]
pub(crate) struct Own(Vec<String>);

impl Own {
    /// A variable that rustc calls as the user's, and that points at it.
    pub(crate) fn like(&mut self, users: &Ident) -> Ident {
        let name = self.once(text(users));
        let span = located_at(users.span());
        let is_raw =
            users.to_string().starts_with(RAW) || LATER_KEYWORDS.iter().any(|word| name == *word);
        if is_raw { Ident::new_raw(&name, span) } else { Ident::new(&name, span) }
    }

    /// A variable for what has no name.
    pub(crate) fn unnamed(&mut self, name: &str, at: Span) -> Ident {
        Ident::new(&self.once(name.to_owned()), located_at(at))
    }

    /// Names that a macro has made may look alike, and hygiene of their own is what tells them
    /// apart. These have one for all.
    fn once(&mut self, mut name: String) -> String {
        while self.0.contains(&name) {
            name.push('_');
        }
        self.0.push(name.clone());
        name
    }
}

/// The hygiene of the expansion, at a place in the user's code.
pub(crate) fn located_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
