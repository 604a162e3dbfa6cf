//! What the macros say, and what they make, without a compiler.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes snapshots with them")]

mod awaited;
mod correct;
mod escapes;
mod expansions;
mod fragments;
mod handles;
mod mutations;
mod names;
mod properties;
mod unowned;
mod unused;

use std::fmt::Write as _;

use expect_test::Expect;
use proc_macro2::TokenStream;

use crate::check::{self, Form};
use crate::errors::Errors;

/// Checks a body as that of `scope!(|s| { … })`, and returns its errors as rustc would print them.
fn errors_in(body: &str) -> String {
    let tokens: TokenStream = body.parse().unwrap();
    let scope = quote::format_ident!("s");
    let mut errors = Errors::new();
    let checked = check::body(Some(&scope), Form::Scope, tokens.clone(), &mut errors);
    if !body.contains("allow_unowned") {
        assert_eq!(checked.to_string(), tokens.to_string(), "the user's tokens are left alone");
    }
    render(body, errors)
}

/// The errors, each with the line that it stands at and carets under its span.
fn render(source: &str, errors: Errors) -> String {
    let mut text = String::new();
    for error in errors.into_list() {
        let message = error.to_string();
        is_well_formed(&message);
        let (start, end) = (error.span().start(), error.span().end());
        let line = source.lines().nth(start.line - 1).unwrap_or_default();
        let to = if start.line == end.line { end.column } else { line.chars().count() };
        let carets = "^".repeat(to.saturating_sub(start.column).max(1));
        let indent = line.len() - line.trim_start().len();
        let column = start.column - indent;
        writeln!(text, "error: {message}\n  | {}\n  | {:column$}{carets}", line.trim(), "")
            .unwrap();
    }
    text
}

/// The rules of wording that hold for every sentence.
fn is_well_formed(message: &str) {
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines.len() <= 3, "more than three lines: {message}");
    for (at, line) in lines.iter().enumerate() {
        assert!(line.chars().count() <= 100, "longer than 100 columns: {line}");
        assert!(!line.ends_with('.'), "a full stop: {line}");
        assert!(!line.contains("__"), "an internal name: {line}");
        assert!(!line.starts_with(char::is_uppercase), "starts upper-case: {line}");
        let labelled = line.starts_with("help: ") || line.starts_with("note: ");
        assert_eq!(labelled, at > 0, "one headline, then help and note: {message}");
    }
}

/// Asserts that each body on the left is rejected once, with the errors of the snapshot in this
/// order, and that its twin on the right is not.
fn rejects(pairs: &[(&str, &str)], expect: &Expect) {
    let mut text = String::new();
    for (wrong, right) in pairs {
        accepts(right);
        let errors = errors_in(wrong);
        assert!(!errors.is_empty(), "not rejected: {wrong}");
        text.push_str(&errors);
    }
    expect.assert_eq(&text);
}

/// Asserts that a body, which parses, is not rejected.
fn accepts(body: &str) {
    let parsed = syn::parse_str::<syn::Block>(&format!("{{ {body} }}"));
    assert!(parsed.is_ok(), "does not parse, so it is not checked: {body}");
    let errors = errors_in(body);
    assert!(errors.is_empty(), "rejected: {body}\n{errors}");
}
