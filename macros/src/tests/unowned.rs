//! Tasks that nobody owns, and the opt-out.

#![expect(clippy::too_many_lines, reason = "a table with its snapshot")]

use expect_test::expect;
use proc_macro2::TokenStream;

use super::{accepts, properties, rejects, render};
use crate::check::{self, Form};
use crate::errors::Errors;

#[test]
fn task_is_started_where_no_scope_owns_it() {
    rejects(
        &[
            ("tokio::spawn(work());", "s.launch(work());"),
            ("let h = tokio::task::spawn(work()); h.await", "let h = s.spawn(work()); h.await"),
            ("::tokio::task::spawn_local(work());", "s.interleave(work());"),
            (
                "let n = tokio::task::spawn_blocking(hash).await;",
                "let n = s.spawn_blocking(hash).await;",
            ),
            ("std::thread::spawn(|| work());", "std::thread::scope(|s| { s.spawn(|| work()); });"),
            ("let mut set = JoinSet::new();", "let mut set = my::JoinSet::new();"),
            (
                "let mut set = tokio::task::JoinSet::<u8>::new();",
                "let mut set: JoinSet<u8> = sets();",
            ),
            (
                "tokio::runtime::Handle::current().spawn(work());",
                "my::Handle::current().spawn(work());",
            ),
            (
                "Handle::try_current()?.spawn_blocking(work);",
                "Handle::try_current()?.block_on(work());",
            ),
            (
                "let rt = Handle::current(); s.spawn_blocking(move || { rt.spawn(work()); }).await;",
                "let rt = pool(); rt.spawn(work());",
            ),
            (
                "std::thread::Builder::new().name(name).spawn(work)?;",
                "builder().name(name).spawn(work)?;",
            ),
        ],
        &expect![[r#"
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | tokio::spawn(work());
              | ^^^^^^^^^^^^
            error: `tokio::task::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let h = tokio::task::spawn(work()); h.await
              |         ^^^^^^^^^^^^^^^^^^
            error: `tokio::task::spawn_local` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | ::tokio::task::spawn_local(work());
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^
            error: `tokio::task::spawn_blocking` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let n = tokio::task::spawn_blocking(hash).await;
              |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            error: `std::thread::spawn` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | std::thread::spawn(|| work());
              | ^^^^^^^^^^^^^^^^^^
            error: `JoinSet::new` makes a set whose tasks this scope does not own
            help: write `s.spawn(…)` for each, and keep the handles in a `Vec`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let mut set = JoinSet::new();
              |               ^^^^^^^^^^^^
            error: `tokio::task::JoinSet::new` makes a set whose tasks this scope does not own
            help: write `s.spawn(…)` for each, and keep the handles in a `Vec`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let mut set = tokio::task::JoinSet::<u8>::new();
              |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            error: `Handle::current().spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | tokio::runtime::Handle::current().spawn(work());
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            error: `Handle::current().spawn_blocking` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | Handle::try_current()?.spawn_blocking(work);
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            error: `rt.spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let rt = Handle::current(); s.spawn_blocking(move || { rt.spawn(work()); }).await;
              |                                                        ^^^^^^^^
            error: `std::thread::Builder::new().spawn` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | std::thread::Builder::new().name(name).spawn(work)?;
              |                                        ^^^^^
        "#]],
    );
}

#[test]
fn unowned_task_is_seen_everywhere() {
    rejects(
        &[
            (
                "ids.for_each(|id| { tokio::spawn(work(id)); });",
                "ids.for_each(|id| s.launch(work(id)));",
            ),
            (
                "ids.map(work).map(tokio::spawn).for_each(keep);",
                "ids.map(work).for_each(|work| s.launch(work));",
            ),
            ("let go = tokio::spawn;", "let go = |f| s.launch(f);"),
            (
                "if c { async { tokio::spawn(work()) }.await; }",
                "if c { async { spawn(work()) }.await; }",
            ),
            ("fn helper() { tokio::spawn(work()); }", "fn helper() { my::spawn(work()); }"),
            ("tokio::join!(tokio::spawn(a()), b());", "tokio::join!(s.spawn(a()), b());"),
            (
                "tokio::select! { _ = tick() => { tokio::spawn(a()); } }",
                "tokio::select! { _ = tick() => { s.launch(a()); } }",
            ),
            ("vec![tokio::spawn(a())];", "stringify!(tokio::spawn(a()));"),
            ("assert!(tokio::spawn(a()).await.is_ok());", "assert!(s.attempt(a()).await.is_ok());"),
            ("my_macro!(a => tokio::spawn, b);", "my_macro!(a => s.spawn, b);"),
            ("use tokio::spawn; spawn(a());", "use my::spawn; spawn(a());"),
            (
                "use tokio::{spawn as go, task}; go(a()); task::spawn_blocking(b);",
                "use crate::{spawn as go, task}; go(a()); task::spawn_blocking(b);",
            ),
            (
                "{ use tokio::task::*; spawn_local(a()); }",
                "{ use tokio::task::*; fn spawn_local() {} spawn_local(); } spawn(a());",
            ),
            ("use std::thread; thread::spawn(a);", "use loom::thread; thread::spawn(a);"),
        ],
        &expect![[r#"
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | ids.for_each(|id| { tokio::spawn(work(id)); });
              |                     ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | ids.map(work).map(tokio::spawn).for_each(keep);
              |                   ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | let go = tokio::spawn;
              |          ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | if c { async { tokio::spawn(work()) }.await; }
              |                ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | fn helper() { tokio::spawn(work()); }
              |               ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | tokio::join!(tokio::spawn(a()), b());
              |              ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | tokio::select! { _ = tick() => { tokio::spawn(a()); } }
              |                                  ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | vec![tokio::spawn(a())];
              |      ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | assert!(tokio::spawn(a()).await.is_ok());
              |         ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | my_macro!(a => tokio::spawn, b);
              |                ^^^^^^^^^^^^
            error: `spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | use tokio::spawn; spawn(a());
              |                   ^^^^^
            error: `go` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | use tokio::{spawn as go, task}; go(a()); task::spawn_blocking(b);
              |                                 ^^
            error: `task::spawn_blocking` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | use tokio::{spawn as go, task}; go(a()); task::spawn_blocking(b);
              |                                          ^^^^^^^^^^^^^^^^^^^^
            error: `spawn_local` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | { use tokio::task::*; spawn_local(a()); }
              |                       ^^^^^^^^^^^
            error: `thread::spawn` starts work that this scope does not own
            help: write `s.spawn_blocking(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | use std::thread; thread::spawn(a);
              |                  ^^^^^^^^^^^^^
        "#]],
    );
}

#[test]
fn opt_out_covers_its_statement() {
    rejects(
        &[
            (
                "#[allow_unowned(reason = \"metrics outlive it\")] keep(); tokio::spawn(a());",
                "#[allow_unowned(reason = \"metrics outlive it\")] tokio::spawn(a());",
            ),
            (
                "tokio::spawn(a()); #[allow_unowned(reason = \"r\")] tokio::spawn(b())",
                "#[allow_unowned(reason = \"r\")] tokio::spawn(b())",
            ),
            (
                "#[allow_unowned] tokio::spawn(a());",
                "#[allow_unowned(reason = r\"raw\")] #[cfg(unix)] let h = tokio::spawn(a());",
            ),
            (
                "#[allow_unowned()] tokio::spawn(a());",
                "#[allow_unowned(reason = \"r\",)] if c { tokio::spawn(a()); }",
            ),
            (
                "#[allow_unowned(reason = \" \")] tokio::spawn(a());",
                "#[allow_unowned(reason = \"r\")] { tokio::spawn(a()); tokio::spawn(b()); }",
            ),
            (
                "#[allow_unowned(reason)] tokio::spawn(a());",
                "#[allow_unowned(reason = \"r\")] x = tokio::spawn(a());",
            ),
            (
                "#[allow_unowned(reason = 1)] tokio::spawn(a());",
                "#[allow_unowned(reason = \"r\")] tokio::join!(tokio::spawn(a()));",
            ),
            (
                "#[allow_unowned(why = \"r\")] tokio::spawn(a());",
                "match c { #[allow_unowned(reason = \"r\")] A => tokio::spawn(a()), B => b() }.await",
            ),
            (
                "#[allow_unowned(reason = \"a\", reason = \"b\")] tokio::spawn(a());",
                "#[allow_unowned(reason = \"it covers nothing that is seen\")] spawn(a());",
            ),
        ],
        &expect![[r#"
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | #[allow_unowned(reason = "metrics outlive it")] keep(); tokio::spawn(a());
              |                                                         ^^^^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | tokio::spawn(a()); #[allow_unowned(reason = "r")] tokio::spawn(b())
              | ^^^^^^^^^^^^
            error: `#[allow_unowned]` requires a reason
            help: write `#[allow_unowned(reason = "…")]`
              | #[allow_unowned] tokio::spawn(a());
              |   ^^^^^^^^^^^^^
            error: `#[allow_unowned]` requires a reason
            help: write `#[allow_unowned(reason = "…")]`
              | #[allow_unowned()] tokio::spawn(a());
              |   ^^^^^^^^^^^^^
            error: the reason is empty
            help: say who waits for the task, and what stops it
              | #[allow_unowned(reason = " ")] tokio::spawn(a());
              |                          ^^^
            error: `#[allow_unowned]` requires a reason
            help: write `#[allow_unowned(reason = "…")]`
              | #[allow_unowned(reason)] tokio::spawn(a());
              |  ^^^^^^^^^^^^^^^^^^^^^^^
            error: expected a string literal for `reason`
            help: write `#[allow_unowned(reason = "…")]`
              | #[allow_unowned(reason = 1)] tokio::spawn(a());
              |                          ^
            error: unknown option `why`
            help: expected `reason`
              | #[allow_unowned(why = "r")] tokio::spawn(a());
              |                 ^^^
            error: `reason` is set twice
              | #[allow_unowned(reason = "a", reason = "b")] tokio::spawn(a());
              |                               ^^^^^^
        "#]],
    );
}

#[test]
fn opt_out_is_taken_out() {
    let tokens: TokenStream =
        "let a = { #[allow_unowned(reason = \"r\")] #[cfg(x)] tokio::spawn(a()) };
        scope!(|t| { #[allow_unowned(reason = \"r\")] tokio::spawn(a()); }).await"
            .parse()
            .unwrap();
    let mut errors = Errors::new();
    let body = check::body(None, Form::Supervised, tokens, &mut errors);
    assert!(errors.into_list().is_empty());
    expect![[r#"let a = { # [cfg (x)] tokio :: spawn (a ()) } ; scope ! (| t | { # [allow_unowned (reason = "r")] tokio :: spawn (a ()) ; }) . await"#]].assert_eq(&body.to_string());
}

#[test]
fn scope_without_a_name_is_told_to_take_one() {
    let mut text = String::new();
    for form in [Form::Scope, Form::TryScope, Form::Supervised] {
        let mut errors = Errors::new();
        let source = "tokio::spawn(work());";
        drop(check::body(None, form, source.parse().unwrap(), &mut errors));
        text += &render(source, errors);
    }
    expect![[r#"
        error: `tokio::spawn` starts a task that this scope does not own
        help: name the scope, as in `scope!(|s| { … })`, and start it there
        note: `#[allow_unowned(reason = "…")]` on the statement allows it
          | tokio::spawn(work());
          | ^^^^^^^^^^^^
        error: `tokio::spawn` starts a task that this scope does not own
        help: name the scope, as in `try_scope!(|s| { … })`, and start it there
        note: `#[allow_unowned(reason = "…")]` on the statement allows it
          | tokio::spawn(work());
          | ^^^^^^^^^^^^
        error: `tokio::spawn` starts a task that this scope does not own
        help: name the scope, as in `#[supervised(s)]`, and start it there
        note: `#[allow_unowned(reason = "…")]` on the statement allows it
          | tokio::spawn(work());
          | ^^^^^^^^^^^^
    "#]]
    .assert_eq(&text);
}

#[test]
fn scope_inside_reports_its_own() {
    accepts("scope!(|t| { tokio::spawn(a()); t.spawn(b()); shield!(c()); }).await");
}

/// `|` and `||` without it are not `|||`.
#[test]
fn what_an_opt_out_stood_between_stays_apart() {
    let body = "let f = a |#[allow_unowned(reason = \"r\")]|| tokio::spawn(w());";
    assert!(properties::body(&body.parse().unwrap()).parses);
}
