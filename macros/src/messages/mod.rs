//! Every sentence that the macros can print: of bodies here, of attributes in `attribute`.
//!
//! A headline says what is wrong, or lost, in the present tense and without a full stop; a `help:`
//! line says what to write instead, in the user's own names. At most three lines.

pub(crate) mod attribute;

const WRITE_CLOSURE: &str = "help: write `|s| { … }`";

pub(crate) fn closure_missing() -> String {
    format!("expected a closure that takes the scope\n{WRITE_CLOSURE}")
}

pub(crate) fn closure_qualified(keyword: &str) -> String {
    format!(
        "the body of a scope is not marked `{keyword}`: it awaits and borrows as it is\nhelp: remove `{keyword}`"
    )
}

pub(crate) fn name_missing() -> String {
    "the closure takes the scope\nhelp: write `|s|`, or `|_|` where no child is started".to_owned()
}

pub(crate) fn name_expected() -> String {
    "expected a name for the scope, and nothing else\nhelp: write `|s|`".to_owned()
}

/// How a value was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// `value;`, or the value of a loop's body.
    Statement,
    /// `let _ = value;`
    Underscore,
    /// `_ = value;`
    Assigned,
    /// A `..` in the pattern that takes the value apart.
    Rest,
    /// `drop(value)`
    Drop,
}

impl Loss {
    fn verb(self) -> &'static str {
        match self {
            Self::Statement => "is dropped here",
            Self::Underscore => "is bound to `_`",
            Self::Assigned => "is assigned to `_`",
            Self::Rest => "is matched by `..`",
            Self::Drop => "is given to `drop`",
        }
    }

    fn verbs(self) -> &'static str {
        match self {
            Self::Statement => "are dropped here",
            Self::Underscore => "are bound to `_`",
            Self::Assigned => "are assigned to `_`",
            Self::Rest => "are matched by `..`",
            Self::Drop => "are given to `drop`",
        }
    }
}

/// How a handle was about to leave the body of its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The value of the body, or of a `return` in it.
    Returned,
    /// Put into something that was declared outside.
    Kept,
    /// Sent through a channel from outside.
    Sent,
    /// Captured by a task.
    Task,
}

/// The call that makes a handle: `s.spawn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) scope: String,
    pub(crate) method: String,
}

impl Start {
    /// What else to write, where the method has a twin that yields no handle.
    fn for_effect(&self) -> Option<String> {
        let Self { scope, method } = self;
        (method == "spawn").then(|| format!("`{scope}.launch(…)`"))
    }
}

pub(crate) fn handle_lost(start: &Start, loss: Loss) -> String {
    let Start { scope, method } = start;
    let help = match start.for_effect() {
        Some(launch) => {
            format!("write {launch} to run the child for its effect, or await the handle")
        }
        None => format!("write `{scope}.{method}(…).await`"),
    };
    let verb = loss.verb();
    format!(
        "the handle from `{scope}.{method}` {verb}, and the child's value is lost\nhelp: {help}"
    )
}

/// How a variable is to a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// It is the handle.
    Itself,
    /// It is a wrapper with the handle in it.
    One,
    /// It is a collection of them.
    Many,
}

/// What was not done with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Neglect {
    Unused,
    Shadowed,
    Lost(Loss),
}

pub(crate) fn binding_lost(name: &str, contents: Contents, start: &Start, how: Neglect) -> String {
    let what = match contents {
        Contents::Itself => format!("the handle `{name}`"),
        Contents::One => format!("the handle in `{name}`"),
        Contents::Many => format!("the handles in `{name}`"),
    };
    let many = contents == Contents::Many;
    let headline = match how {
        Neglect::Unused => format!("nothing uses {what}"),
        Neglect::Shadowed if many => format!("{what} are shadowed before anything uses them"),
        Neglect::Shadowed => format!("{what} is shadowed before anything uses it"),
        Neglect::Lost(loss) => format!("{what} {}", if many { loss.verbs() } else { loss.verb() }),
    };
    let (lost, child) = if many {
        ("the children's values are lost", "the children for their effect")
    } else {
        ("the child's value is lost", "the child for its effect")
    };
    let await_it = match contents {
        Contents::Itself => format!("write `{name}.await`"),
        Contents::One => "await it".to_owned(),
        Contents::Many => "await each of them".to_owned(),
    };
    let write = if contents == Contents::Itself { "" } else { "write " };
    let help = match start.for_effect() {
        Some(launch) => format!("{await_it}, or {write}{launch} to run {child}"),
        None => await_it,
    };
    format!("{headline}, and {lost}\nhelp: {help}")
}

pub(crate) fn handle_forgotten(function: &str) -> String {
    format!(
        "`{function}` forgets a handle, and the child's value is never dropped\nhelp: await the handle"
    )
}

pub(crate) fn handle_leaves(exit: Exit, name: Option<&str>) -> String {
    let value = name.map_or_else(|| "the value".to_owned(), |name| format!("`{name}.await`"));
    match exit {
        Exit::Returned => {
            format!("a handle cannot leave the body of its scope\nhelp: return {value} instead")
        }
        Exit::Kept => {
            format!(
                "a handle cannot be kept outside the body of its scope\nhelp: keep {value} instead"
            )
        }
        Exit::Sent => {
            format!(
                "a handle cannot be sent out of the body of its scope\nhelp: send {value} instead"
            )
        }
        Exit::Task => {
            let before = name.map_or_else(
                || "await the handle in the body".to_owned(),
                |name| format!("write `let {name} = {name}.await;` before the task"),
            );
            format!("a handle cannot move into a task\nhelp: {before}")
        }
    }
}

pub(crate) fn not_awaited(macro_name: &str) -> String {
    format!(
        "`{macro_name}!` is never awaited, and so does nothing\nhelp: write `{macro_name}!(…).await`"
    )
}

pub(crate) fn binding_not_awaited(name: &str, macro_name: &str) -> String {
    format!(
        "`{name}` is never awaited, and so its `{macro_name}!` does nothing\nhelp: write `{name}.await`"
    )
}

/// What the macros offer in place of a way to start a task that nobody owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Task,
    Blocking,
    Set,
}

/// `scope` is the scope's name, or how to give it one.
pub(crate) fn unowned(path: &str, instead: Instead, scope: Result<&str, &str>) -> String {
    let headline = match instead {
        Instead::Set => format!("`{path}` makes a set whose tasks this scope does not own"),
        Instead::Task => format!("`{path}` starts a task that this scope does not own"),
        Instead::Blocking => format!("`{path}` starts work that this scope does not own"),
    };
    let help = match (scope, instead) {
        (Ok(s), Instead::Task) => format!("write `{s}.spawn(…)` or `{s}.launch(…)`"),
        (Ok(s), Instead::Blocking) => format!("write `{s}.spawn_blocking(…)`"),
        (Ok(s), Instead::Set) => {
            format!("write `{s}.spawn(…)` for each, and keep the handles in a `Vec`")
        }
        (Err(naming), _) => format!("name the scope, as in `{naming}`, and start it there"),
    };
    format!(
        "{headline}\nhelp: {help}\nnote: `#[allow_unowned(reason = \"…\")]` on the statement allows it"
    )
}

const WRITE_REASON: &str = "help: write `#[allow_unowned(reason = \"…\")]`";

pub(crate) fn reason_missing() -> String {
    format!("`#[allow_unowned]` requires a reason\n{WRITE_REASON}")
}

pub(crate) fn reason_empty() -> String {
    "the reason is empty\nhelp: say who waits for the task, and what stops it".to_owned()
}

pub(crate) fn reason_not_a_string() -> String {
    format!("expected a string literal for `reason`\n{WRITE_REASON}")
}

pub(crate) fn unknown_allow_option(option: &str) -> String {
    format!("unknown option `{option}`\nhelp: expected `reason`")
}

pub(crate) fn reason_twice() -> String {
    "`reason` is set twice".to_owned()
}
