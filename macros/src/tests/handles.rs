//! Handles that are let go, in every place where one can be.

use expect_test::expect;

use super::rejects;

#[test]
fn handle_is_dropped_by_a_statement() {
    rejects(
        &[
            ("s.spawn(work());", "s.spawn(work()).await;"),
            ("s.attempt(work());", "if s.attempt(work()).await.is_err() { retry(); }"),
            ("s.spawn_blocking(hash);", "let hash = s.spawn_blocking(hash).await; use_it(hash);"),
            ("(&*s).spawn(work());", "(&*s).launch(work());"),
            ("Scope::spawn(s, work());", "Scope::launch(s, work());"),
            ("{ s.spawn(work()) };", "{ s.spawn(work()) }.await;"),
            ("unsafe { s.spawn(work()) };", "unsafe { s.launch(work()) };"),
            (
                "(s.spawn(a()), s.spawn(b()));",
                "let (a, b) = (s.spawn(a()), s.spawn(b())); a.await + b.await",
            ),
            ("[s.spawn(a())];", "let [a] = [s.spawn(a())]; a.await"),
            ("Some(s.spawn(a()));", "let a = Some(s.spawn(a())); if let Some(a) = a { a.await; }"),
            ("vec![s.spawn(a())];", "join_all(vec![s.spawn(a())]).await;"),
            ("Box::pin(s.spawn(a()));", "Box::pin(s.spawn(a())).await;"),
            ("Pair { a: s.spawn(a()), b: 1 };", "Pair { a: s.spawn(a()), b: 1 }.run().await;"),
        ],
        &expect![[r#"
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | s.spawn(work());
              | ^^^^^^^
            error: the handle from `s.attempt` is dropped here, and the child's value is lost
            help: write `s.attempt(…).await`
              | s.attempt(work());
              | ^^^^^^^^^
            error: the handle from `s.spawn_blocking` is dropped here, and the child's value is lost
            help: write `s.spawn_blocking(…).await`
              | s.spawn_blocking(hash);
              | ^^^^^^^^^^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | (&*s).spawn(work());
              |    ^^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | Scope::spawn(s, work());
              | ^^^^^^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | { s.spawn(work()) };
              |   ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | unsafe { s.spawn(work()) };
              |          ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | (s.spawn(a()), s.spawn(b()));
              |  ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | (s.spawn(a()), s.spawn(b()));
              |                ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | [s.spawn(a())];
              |  ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | Some(s.spawn(a()));
              |      ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | vec![s.spawn(a())];
              |      ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | Box::pin(s.spawn(a()));
              |          ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | Pair { a: s.spawn(a()), b: 1 };
              |           ^^^^^^^
        "#]],
    );
}

#[test]
fn handle_is_the_value_of_a_block_that_is_let_go() {
    rejects(
        &[
            (
                "if c { s.spawn(a()) } else { s.spawn(b()) };",
                "if c { s.spawn(a()) } else { s.spawn(b()) }.await;",
            ),
            (
                "match c { A => s.spawn(a()), B => return };",
                "match c { A => s.spawn(a()), B => return }.await;",
            ),
            ("for id in ids { s.spawn(work(id)) }", "for id in ids { s.launch(work(id)) }"),
            (
                "while let Some(id) = ids.pop() { s.spawn(work(id)); }",
                "while let Some(id) = ids.pop() { s.spawn(work(id)).await; }",
            ),
            ("loop { s.spawn(work()); tick().await; }", "loop { s.launch(work()); tick().await; }"),
            (
                "if let Some(id) = id { s.spawn(work(id)); } 1",
                "if let Some(id) = id { s.spawn(work(id)).await; } 1",
            ),
            (
                "ids.for_each(|id| { s.spawn(work(id)); });",
                "ids.for_each(|id| { s.launch(work(id)); });",
            ),
            (
                "ids.map(|id| s.spawn(work(id))).collect::<Vec<_>>();",
                "join_all(ids.map(|id| s.spawn(work(id)))).await;",
            ),
            ("async { s.spawn(work()); 1 }.await", "async { s.spawn(work()).await; 1 }.await"),
            (
                "let Some(id) = id else { s.spawn(work()); return };",
                "let Some(id) = id else { s.launch(work()); return };",
            ),
            ("let n = { s.spawn(work()); 1 }; n", "let n = { s.spawn(work()).await; 1 }; n"),
        ],
        &expect![[r#"
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | if c { s.spawn(a()) } else { s.spawn(b()) };
              |        ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | if c { s.spawn(a()) } else { s.spawn(b()) };
              |                              ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | match c { A => s.spawn(a()), B => return };
              |                ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | for id in ids { s.spawn(work(id)) }
              |                 ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | while let Some(id) = ids.pop() { s.spawn(work(id)); }
              |                                  ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | loop { s.spawn(work()); tick().await; }
              |        ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | if let Some(id) = id { s.spawn(work(id)); } 1
              |                        ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | ids.for_each(|id| { s.spawn(work(id)); });
              |                     ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | ids.map(|id| s.spawn(work(id))).collect::<Vec<_>>();
              |              ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | async { s.spawn(work()); 1 }.await
              |         ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let Some(id) = id else { s.spawn(work()); return };
              |                          ^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let n = { s.spawn(work()); 1 }; n
              |           ^^^^^^^
        "#]],
    );
}

#[test]
fn handle_is_bound_to_an_underscore() {
    rejects(
        &[
            ("let _ = s.spawn(work());", "let _ = s.spawn(work()).await;"),
            ("let _: Handle<'_, u32> = s.spawn(work());", "let _: u32 = s.spawn(work()).await;"),
            ("_ = s.spawn(work());", "_ = s.spawn(work()).await;"),
            (
                "let (_, b) = (s.spawn(a()), s.spawn(b())); b.await",
                "let (a, b) = (s.spawn(a()), s.spawn(b())); a.await; b.await",
            ),
            (
                "let (a, ..) = (s.spawn(a()), s.spawn(b())); a.await",
                "let (a, ..) = (s.spawn(a()), 1); a.await",
            ),
            (
                "let [.., b] = [s.spawn(a()), s.spawn(b())]; b.await",
                "let [b] = [s.spawn(b())]; b.await",
            ),
            (
                "let Some(_) = Some(s.spawn(a())) else { return };",
                "let Some(a) = Some(s.spawn(a())) else { return }; a.await",
            ),
            ("if let _ = s.spawn(a()) {}", "if let 1 = s.spawn(a()).await {}"),
            (
                "let _ = if c { s.spawn(a()) } else { s.spawn(b()) };",
                "let _ = if c { s.spawn(a()) } else { s.spawn(b()) }.await;",
            ),
            ("let h = s.spawn(a()); let _ = h;", "let h = s.spawn(a()); let _ = h.await;"),
            ("let h = s.spawn(a()); _ = h;", "let h = s.spawn(a()); _ = h.await;"),
        ],
        &expect![[r#"
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let _ = s.spawn(work());
              |         ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let _: Handle<'_, u32> = s.spawn(work());
              |                          ^^^^^^^
            error: the handle from `s.spawn` is assigned to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | _ = s.spawn(work());
              |     ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let (_, b) = (s.spawn(a()), s.spawn(b())); b.await
              |               ^^^^^^^
            error: the handle from `s.spawn` is matched by `..`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let (a, ..) = (s.spawn(a()), s.spawn(b())); a.await
              |                              ^^^^^^^
            error: the handle from `s.spawn` is matched by `..`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let [.., b] = [s.spawn(a()), s.spawn(b())]; b.await
              |                ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let Some(_) = Some(s.spawn(a())) else { return };
              |                    ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | if let _ = s.spawn(a()) {}
              |            ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let _ = if c { s.spawn(a()) } else { s.spawn(b()) };
              |                ^^^^^^^
            error: the handle from `s.spawn` is bound to `_`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | let _ = if c { s.spawn(a()) } else { s.spawn(b()) };
              |                                      ^^^^^^^
            error: the handle `h` is bound to `_`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(a()); let _ = h;
              |                               ^
            error: the handle `h` is assigned to `_`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(a()); _ = h;
              |                           ^
        "#]],
    );
}

#[test]
fn handle_is_given_to_drop() {
    rejects(
        &[
            ("drop(s.spawn(work()));", "drop(s.spawn(work()).await);"),
            ("let h = s.spawn(work()); drop(h);", "let h = s.spawn(work()); drop(h.await);"),
            (
                "let h = s.attempt(work()); mem::drop(h);",
                "let h = s.attempt(work()); if c { mem::drop(h) } else { h.await; }",
            ),
            ("std::mem::drop(s.spawn(work()));", "other::drop(s.spawn(work()));"),
            ("core::mem::drop((s.spawn(a()), 1));", "fn drop<T>(_: T) {} drop((s.spawn(a()), 1));"),
            (
                "use std::mem::drop as let_go; let_go(s.spawn(a()));",
                "use my::drop as let_go; let_go(s.spawn(a()));",
            ),
            (
                "ids.for_each(|id| drop(s.spawn(work(id))));",
                "let drop = |h| join(h); drop(s.spawn(a()));",
            ),
            ("let h = s.spawn(work()); h;", "let h = s.spawn(work()); h.await;"),
            (
                "let hs = vec![s.spawn(a())]; drop(hs);",
                "let hs = vec![s.spawn(a())]; drop(join_all(hs).await);",
            ),
        ],
        &expect![[r#"
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | drop(s.spawn(work()));
              |      ^^^^^^^
            error: the handle `h` is given to `drop`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(work()); drop(h);
              |                               ^
            error: the handle `h` is given to `drop`, and the child's value is lost
            help: write `h.await`
              | let h = s.attempt(work()); mem::drop(h);
              |                                      ^
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | std::mem::drop(s.spawn(work()));
              |                ^^^^^^^
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | core::mem::drop((s.spawn(a()), 1));
              |                  ^^^^^^^
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | use std::mem::drop as let_go; let_go(s.spawn(a()));
              |                                      ^^^^^^^
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | ids.for_each(|id| drop(s.spawn(work(id))));
              |                        ^^^^^^^
            error: the handle `h` is dropped here, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(work()); h;
              |                          ^
            error: the handles in `hs` are given to `drop`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let hs = vec![s.spawn(a())]; drop(hs);
              |                                   ^^
        "#]],
    );
}

#[test]
fn handle_is_forgotten() {
    rejects(
        &[
            ("mem::forget(s.spawn(work()));", "my::forget(s.spawn(work()));"),
            (
                "let h = s.spawn(work()); std::mem::forget(h);",
                "let h = s.spawn(work()); std::mem::forget(h.await);",
            ),
            (
                "use std::mem::forget; let h = s.spawn(a()); forget(h);",
                "let h = s.spawn(a()); forget(h);",
            ),
            (
                "Box::leak(Box::new(s.spawn(work())));",
                "Box::leak(Box::new(s.spawn(work()).await));",
            ),
            (
                "let h = ManuallyDrop::new(s.spawn(work()));",
                "let h = ManuallyDrop::new(work()); s.spawn(h.run()).await;",
            ),
            (
                "let hs = vec![s.spawn(a())]; core::mem::forget(hs);",
                "let hs = vec![s.spawn(a())]; core::mem::forget(join_all(hs).await);",
            ),
        ],
        &expect![[r#"
            error: `mem::forget` forgets a handle, and the child's value is never dropped
            help: await the handle
              | mem::forget(s.spawn(work()));
              |             ^^^^^^^
            error: `mem::forget` forgets a handle, and the child's value is never dropped
            help: await the handle
              | let h = s.spawn(work()); std::mem::forget(h);
              |                                           ^
            error: `mem::forget` forgets a handle, and the child's value is never dropped
            help: await the handle
              | use std::mem::forget; let h = s.spawn(a()); forget(h);
              |                                                    ^
            error: `Box::leak` forgets a handle, and the child's value is never dropped
            help: await the handle
              | Box::leak(Box::new(s.spawn(work())));
              |                    ^^^^^^^
            error: `ManuallyDrop::new` forgets a handle, and the child's value is never dropped
            help: await the handle
              | let h = ManuallyDrop::new(s.spawn(work()));
              |                           ^^^^^^^
            error: `mem::forget` forgets a handle, and the child's value is never dropped
            help: await the handle
              | let hs = vec![s.spawn(a())]; core::mem::forget(hs);
              |                                                ^^
        "#]],
    );
}
