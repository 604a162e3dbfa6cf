//! Shields and scopes that nobody awaits.

use expect_test::expect;

use super::rejects;

#[test]
fn shield_is_not_awaited() {
    rejects(
        &[
            ("shield!(charge(id).await);", "shield!(charge(id).await).await;"),
            ("foster::shield! { save().await } 1", "foster::shield! { save().await }.await; 1"),
            ("let _ = shield!({ save().await });", "let _ = shield!({ save().await }).await;"),
            (
                "_ = shield!(save().await).named(\"save\");",
                "_ = shield!(save().await).named(\"save\").await;",
            ),
            (
                "let save = shield!(save().await).within(second); 1",
                "let save = shield!(save().await).within(second); save.await; 1",
            ),
            ("drop(shield!(save().await));", "s.launch(shield!(save().await));"),
            (
                "let save = shield!(save().await); drop(save);",
                "let save = shield!(save().await); select! { _ = save => {} }",
            ),
            ("if c { shield!(save().await) }", "if c { shield!(save().await) } else { other() }"),
            ("if c { shield!(save().await); }", "if c { shield!(save().await).await; }"),
        ],
        &expect![[r#"
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | shield!(charge(id).await);
              | ^^^^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | foster::shield! { save().await } 1
              | ^^^^^^^^^^^^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | let _ = shield!({ save().await });
              |         ^^^^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | _ = shield!(save().await).named("save");
              |     ^^^^^^^
            error: `save` is never awaited, and so its `shield!` does nothing
            help: write `save.await`
              | let save = shield!(save().await).within(second); 1
              |     ^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | drop(shield!(save().await));
              |      ^^^^^^^
            error: `save` is never awaited, and so its `shield!` does nothing
            help: write `save.await`
              | let save = shield!(save().await); drop(save);
              |                                        ^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | if c { shield!(save().await) }
              |        ^^^^^^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | if c { shield!(save().await); }
              |        ^^^^^^^
        "#]],
    );
}

#[test]
fn scope_inside_is_not_awaited() {
    rejects(
        &[
            ("scope!(|t| { t.launch(work()); });", "scope!(|t| { t.launch(work()); }).await;"),
            (
                "let _ = foster::try_scope!(|t| Ok(1));",
                "let _ = foster::try_scope!(|t| Ok(1)).await;",
            ),
            (
                "let inner = scope!(|t| 1).named(\"inner\").within(d).cancelled_by(c);",
                "let inner = scope!(|t| 1).named(\"inner\"); inner.await",
            ),
            ("let f = || { scope!(|_| 1); };", "let f = || scope!(|_| 1); f().await"),
            (
                "let all = [scope!(|_| 1), scope!(|_| 2)];",
                "let all = [scope!(|_| 1), scope!(|_| 2)]; join_all(all).await",
            ),
            (
                "vec![scope!(|_| 1)];",
                "tokio::join!(scope!(|_| 1), shield!(2)); profiling::scope!(\"name\");",
            ),
        ],
        &expect![[r#"
            error: `scope!` is never awaited, and so does nothing
            help: write `scope!(…).await`
              | scope!(|t| { t.launch(work()); });
              | ^^^^^^
            error: `try_scope!` is never awaited, and so does nothing
            help: write `try_scope!(…).await`
              | let _ = foster::try_scope!(|t| Ok(1));
              |         ^^^^^^^^^^^^^^^^^^
            error: `inner` is never awaited, and so its `scope!` does nothing
            help: write `inner.await`
              | let inner = scope!(|t| 1).named("inner").within(d).cancelled_by(c);
              |     ^^^^^
            error: `scope!` is never awaited, and so does nothing
            help: write `scope!(…).await`
              | let f = || { scope!(|_| 1); };
              |              ^^^^^^
            error: `all` is never awaited, and so its `scope!` does nothing
            help: write `all.await`
              | let all = [scope!(|_| 1), scope!(|_| 2)];
              |     ^^^
            error: `scope!` is never awaited, and so does nothing
            help: write `scope!(…).await`
              | vec![scope!(|_| 1)];
              |      ^^^^^^
        "#]],
    );
}
