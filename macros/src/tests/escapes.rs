//! Handles that are about to leave the body.

use expect_test::expect;

use super::rejects;

#[test]
fn handle_is_the_value_of_the_body() {
    rejects(
        &[
            ("s.spawn(work())", "s.spawn(work()).await"),
            ("let h = s.spawn(work()); h", "let h = s.spawn(work()); h.await"),
            ("return s.spawn(work());", "return s.spawn(work()).await;"),
            (
                "let h = s.spawn(a()); if c { return Ok(h); } Ok(h)",
                "let h = s.spawn(a()); if c { return Ok(h.await); } Ok(h.await)",
            ),
            (
                "if c { s.spawn(a()) } else { s.spawn(b()) }",
                "async { if c { s.spawn(a()) } else { s.spawn(b()) } }.await.await",
            ),
            (
                "ids.map(|id| s.spawn(work(id))).collect::<Vec<_>>()",
                "join_all(ids.map(|id| s.spawn(work(id))).collect::<Vec<_>>()).await",
            ),
            (
                "let mut hs = Vec::new(); hs.push(s.spawn(a())); hs",
                "let mut hs = Vec::new(); hs.push(s.spawn(a()).await); hs",
            ),
            ("(s.spawn(a()), 1)", "let start = || { return s.spawn(a()); }; (start().await, 1)"),
        ],
        &expect![[r#"
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | s.spawn(work())
              | ^^^^^^^
            error: a handle cannot leave the body of its scope
            help: return `h.await` instead
              | let h = s.spawn(work()); h
              |                          ^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | return s.spawn(work());
              |        ^^^^^^^
            error: a handle cannot leave the body of its scope
            help: return `h.await` instead
              | let h = s.spawn(a()); if c { return Ok(h); } Ok(h)
              |                                        ^
            error: a handle cannot leave the body of its scope
            help: return `h.await` instead
              | let h = s.spawn(a()); if c { return Ok(h); } Ok(h)
              |                                                 ^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | if c { s.spawn(a()) } else { s.spawn(b()) }
              |        ^^^^^^^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | if c { s.spawn(a()) } else { s.spawn(b()) }
              |                              ^^^^^^^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | ids.map(|id| s.spawn(work(id))).collect::<Vec<_>>()
              |              ^^^^^^^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | let mut hs = Vec::new(); hs.push(s.spawn(a())); hs
              |                                                 ^^
            error: a handle cannot leave the body of its scope
            help: return the value instead
              | (s.spawn(a()), 1)
              |  ^^^^^^^
        "#]],
    );
}

#[test]
fn handle_is_kept_outside() {
    rejects(
        &[
            ("handles.push(s.spawn(work()));", "handles.push(s.spawn(work()).await);"),
            (
                "let h = s.spawn(work()); self.handles.push_back(h);",
                "let h = s.spawn(work()); self.handles.push_back(h.await);",
            ),
            (
                "slot = Some(s.spawn(work()));",
                "let slot; slot = Some(s.spawn(work())); slot.unwrap().await;",
            ),
            ("self.slot = Some(s.spawn(work()));", "self.slot = Some(s.spawn(work()).await);"),
            (
                "map.insert(id, s.spawn(work()));",
                "let mut map = Map::new(); map.insert(id, s.spawn(work())); map.run().await;",
            ),
            ("slots[0] = s.attempt(work());", "declare!(slots); slots[0] = s.attempt(work());"),
        ],
        &expect![[r#"
            error: a handle cannot be kept outside the body of its scope
            help: keep the value instead
              | handles.push(s.spawn(work()));
              |              ^^^^^^^
            error: a handle cannot be kept outside the body of its scope
            help: keep `h.await` instead
              | let h = s.spawn(work()); self.handles.push_back(h);
              |                                                 ^
            error: a handle cannot be kept outside the body of its scope
            help: keep the value instead
              | slot = Some(s.spawn(work()));
              |             ^^^^^^^
            error: a handle cannot be kept outside the body of its scope
            help: keep the value instead
              | self.slot = Some(s.spawn(work()));
              |                  ^^^^^^^
            error: a handle cannot be kept outside the body of its scope
            help: keep the value instead
              | map.insert(id, s.spawn(work()));
              |                ^^^^^^^
            error: a handle cannot be kept outside the body of its scope
            help: keep the value instead
              | slots[0] = s.attempt(work());
              |            ^^^^^^^^^
        "#]],
    );
}

#[test]
fn handle_is_sent_away() {
    rejects(
        &[
            ("tx.send(s.spawn(work())).await;", "tx.send(s.spawn(work()).await).await;"),
            (
                "let h = s.spawn(work()); tx.try_send(h).unwrap();",
                "let (tx, rx) = channel(); let h = s.spawn(work()); tx.try_send(h).unwrap(); rx.recv().await.await;",
            ),
            ("self.tx.send((id, s.spawn(work())));", "self.tx.send((id, s.spawn(work()).await));"),
            (
                "let h = s.spawn(work()); tx.blocking_send(Some(h));",
                "let h = s.spawn(work()); tx.blocking_send(Some(h.await));",
            ),
        ],
        &expect![[r#"
            error: a handle cannot be sent out of the body of its scope
            help: send the value instead
              | tx.send(s.spawn(work())).await;
              |         ^^^^^^^
            error: a handle cannot be sent out of the body of its scope
            help: send `h.await` instead
              | let h = s.spawn(work()); tx.try_send(h).unwrap();
              |                                      ^
            error: a handle cannot be sent out of the body of its scope
            help: send the value instead
              | self.tx.send((id, s.spawn(work())));
              |                   ^^^^^^^
            error: a handle cannot be sent out of the body of its scope
            help: send `h.await` instead
              | let h = s.spawn(work()); tx.blocking_send(Some(h));
              |                                                ^
        "#]],
    );
}

#[test]
fn handle_moves_into_a_task() {
    rejects(
        &[
            (
                "let h = s.spawn(a()); s.launch(async move { h.await; });",
                "let h = s.spawn(a()); let h = h.await; s.launch(async move { keep(h); });",
            ),
            (
                "let h = s.spawn(a()); let g = s.spawn(async { h.await + 1 }); g.await",
                "let h = s.spawn(a()); let g = s.spawn(add(h.await, 1)); g.await",
            ),
            (
                "let h = s.spawn(a()); s.launch({ let db = db(); async move { db.put(h.await) } });",
                "let h = s.spawn(a()); s.launch({ let v = h.await; async move { db.put(v) } });",
            ),
            (
                "let h = s.spawn(a()); s.spawn_blocking(move || h.is_finished()).await",
                "let h = s.spawn(a()); s.spawn_blocking(move || { let h = 1; h }).await; h.await",
            ),
            (
                "let h = s.spawn(a()); shield!({ h.await }).await;",
                "let h = s.spawn(a()); let v = h.await; shield!({ v.save().await }).await;",
            ),
            (
                "let h = s.spawn(a()); s.background(Box::pin(async move { h.await; }));",
                "let h = s.spawn(a()); s.interleave(async { h.await; });",
            ),
            ("let h = s.spawn(a()); s.launch(h);", "let h = s.spawn(a()); s.interleave(h);"),
            ("s.launch(s.spawn(a()));", "s.launch(a());"),
        ],
        &expect![[r#"
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); s.launch(async move { h.await; });
              |                                             ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); let g = s.spawn(async { h.await + 1 }); g.await
              |                                               ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); s.launch({ let db = db(); async move { db.put(h.await) } });
              |                                                                     ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); s.spawn_blocking(move || h.is_finished()).await
              |                                                ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); shield!({ h.await }).await;
              |                                 ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); s.background(Box::pin(async move { h.await; }));
              |                                                          ^
            error: a handle cannot move into a task
            help: write `let h = h.await;` before the task
              | let h = s.spawn(a()); s.launch(h);
              |                                ^
            error: a handle cannot move into a task
            help: await the handle in the body
              | s.launch(s.spawn(a()));
              |          ^^^^^^^
        "#]],
    );
}
