//! What the attributes say about their wrong use.
//!
//! Lower case, no full stop, code in backticks; a `help:` line says what to write instead.

use std::fmt::Display;

pub(crate) fn requires_async(attribute: &str) -> String {
    format!("`{attribute}` requires an `async fn`\nhelp: add `async` before `fn`")
}

pub(crate) fn requires_body(attribute: &str) -> String {
    format!("`{attribute}` requires a function with a body\nhelp: put it on each implementation")
}

pub(crate) fn not_allowed_on(attribute: &str, item: &dyn Display) -> String {
    format!("`{attribute}` is not allowed on `{item}`\nnote: it applies to async functions")
}

pub(crate) fn takes_no_parameters(attribute: &str) -> String {
    format!("`{attribute}` requires a function without parameters")
}

pub(crate) fn takes_no_generics(attribute: &str) -> String {
    format!("`{attribute}` requires a function without generics")
}

pub(crate) fn is_a_parameter(scope: &dyn Display) -> String {
    format!("`{scope}` is the scope and a parameter\nhelp: rename one of them")
}

pub(crate) const BORROWED_ERROR: &str = "the error of a function that names its scope cannot borrow
help: return an error that owns, or write `#[supervised]` without a name";

pub(crate) const NAMED_TWICE: &str = "the scope is named twice";

pub(crate) const NO_NAME: &str =
    "expected a name for the scope\nhelp: write `#[supervised(s)]`, or `#[supervised]` without one";

pub(crate) fn set_twice(option: &dyn Display) -> String {
    format!("`{option}` is set twice")
}

pub(crate) fn unknown_option(option: &dyn Display, known: &[&str]) -> String {
    format!("unknown option `{option}`\nhelp: {}", one_of(known))
}

pub(crate) fn no_option(known: &[&str]) -> String {
    format!("expected an option\nhelp: {}", one_of(known))
}

pub(crate) fn unknown_flavor(found: &str) -> String {
    format!("unknown flavor `{found}`\nhelp: {}", one_of(&["current_thread", "multi_thread"]))
}

pub(crate) fn requires_flavor(option: &dyn Display, flavor: &str) -> String {
    format!("`{option}` requires the flavor `{flavor}`\nhelp: write `flavor = \"{flavor}\"`")
}

pub(crate) fn no_value(option: &dyn Display, example: &str) -> String {
    format!("expected a value for `{option}`\nhelp: write `{option} = {example}`")
}

pub(crate) fn no_string(option: &dyn Display) -> String {
    format!("expected a string literal for `{option}`")
}

pub(crate) fn no_integer(option: &dyn Display) -> String {
    format!("expected an integer for `{option}`")
}

pub(crate) fn no_bool(option: &dyn Display) -> String {
    format!("expected `true` or `false` for `{option}`")
}

pub(crate) fn no_path(option: &dyn Display) -> String {
    format!("expected a path for `{option}`\nhelp: write `{option} = ::my_reexports::foster`")
}

pub(crate) fn no_time_literal(option: &dyn Display) -> String {
    format!("{}\nhelp: write it with a unit, such as `\"5s\"`", no_string(option))
}

pub(crate) fn no_time(option: &dyn Display, found: &str) -> String {
    format!(
        "expected a time for `{option}`, found `{found}`\nhelp: write it with a unit: `ms`, `s`, `m` or `h`"
    )
}

pub(crate) fn zero(option: &dyn Display) -> String {
    format!("`{option}` cannot be 0")
}

pub(crate) const NO_COMMA: &str = "expected `,`";

pub(crate) const SECOND_TEST: &str =
    "a second test attribute\nhelp: remove it, `#[foster::test]` adds `#[test]` itself";

fn one_of(known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|option| format!("`{option}`")).collect();
    format!("expected one of {}", known.join(", "))
}
