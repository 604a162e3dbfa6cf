//! Handles, and collections of them, that nothing uses.

#![expect(clippy::too_many_lines, reason = "a table with its snapshot")]

use expect_test::expect;

use super::rejects;

#[test]
fn handle_that_nothing_uses() {
    rejects(
        &[
            ("let h = s.spawn(work()); 1", "let h = s.spawn(work()); h.await"),
            ("let _h = s.spawn(work()); 1", "let _h = s.spawn(work()); _h.await"),
            (
                "let h: Handle<'_, u8> = s.attempt(work());",
                "let h: Handle<'_, u8> = s.attempt(work()); h.is_finished()",
            ),
            (
                "let h = s.spawn(a()); let h = s.spawn(b()); h.await",
                "let h = s.spawn(a()); let h = h.await; h",
            ),
            ("let h; h = s.spawn(a()); 1", "let h; h = s.spawn(a()); h.await"),
            (
                "let mut h = None; if c { h = Some(s.spawn(a())); }",
                "let mut h = None; if c { h = Some(s.spawn(a())); } if let Some(h) = h { h.await; }",
            ),
            (
                "let (a, _b) = (s.spawn(a()), s.spawn(b())); a.await",
                "let (a, _b) = (s.spawn(a()), 1); a.await",
            ),
            ("let h = s.spawn(a()); let g = h;", "let h = s.spawn(a()); let g = h; g.await"),
            (
                "for id in ids { let h = s.spawn(work(id)); }",
                "for id in ids { let h = s.spawn(work(id)); h.await; }",
            ),
            (
                "match c { A => { let h = s.spawn(a()); } B => {} }",
                "match c { A => { let h = s.spawn(a()); h.await; } B => {} }",
            ),
            (
                "let h = match c { A => s.spawn(a()), B => s.spawn(b()) };",
                "let h = match c { A => s.spawn(a()), B => s.spawn(b()) }; h.await;",
            ),
            ("let t = &*s; let h = t.spawn(a());", "let t = &*s; let h = t.spawn(a()); h.await"),
            ("let t: &Scope<'_, Plain> = s; t.spawn(a());", "let t = other(s); t.spawn(a());"),
            (
                "let h = s.spawn(a()); { let h = 1; use_it(h); }",
                "let h = s.spawn(a()); { let h = h.await; use_it(h); }",
            ),
        ],
        &expect![[r#"
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(work()); 1
              |     ^
            error: nothing uses the handle `_h`, and the child's value is lost
            help: write `_h.await`, or `s.launch(…)` to run the child for its effect
              | let _h = s.spawn(work()); 1
              |     ^^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`
              | let h: Handle<'_, u8> = s.attempt(work());
              |     ^
            error: the handle `h` is shadowed before anything uses it, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(a()); let h = s.spawn(b()); h.await
              |     ^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h; h = s.spawn(a()); 1
              |     ^
            error: nothing uses the handle in `h`, and the child's value is lost
            help: await it, or write `s.launch(…)` to run the child for its effect
              | let mut h = None; if c { h = Some(s.spawn(a())); }
              |         ^
            error: nothing uses the handle `_b`, and the child's value is lost
            help: write `_b.await`, or `s.launch(…)` to run the child for its effect
              | let (a, _b) = (s.spawn(a()), s.spawn(b())); a.await
              |         ^^
            error: nothing uses the handle `g`, and the child's value is lost
            help: write `g.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(a()); let g = h;
              |                           ^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | for id in ids { let h = s.spawn(work(id)); }
              |                     ^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | match c { A => { let h = s.spawn(a()); } B => {} }
              |                      ^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = match c { A => s.spawn(a()), B => s.spawn(b()) };
              |     ^
            error: nothing uses the handle `h`, and the child's value is lost
            help: write `h.await`, or `t.launch(…)` to run the child for its effect
              | let t = &*s; let h = t.spawn(a());
              |                  ^
            error: the handle from `t.spawn` is dropped here, and the child's value is lost
            help: write `t.launch(…)` to run the child for its effect, or await the handle
              | let t: &Scope<'_, Plain> = s; t.spawn(a());
              |                               ^^^^^^^
            error: the handle `h` is shadowed before anything uses it, and the child's value is lost
            help: write `h.await`, or `s.launch(…)` to run the child for its effect
              | let h = s.spawn(a()); { let h = 1; use_it(h); }
              |     ^
        "#]],
    );
}

#[test]
fn collection_of_handles_that_nothing_drains() {
    rejects(
        &[
            (
                "let mut hs = Vec::new(); for id in ids { hs.push(s.spawn(work(id))); }",
                "let mut hs = Vec::new(); for id in ids { hs.push(s.spawn(work(id))); } for h in hs { h.await; }",
            ),
            (
                "let mut hs = vec![]; hs.push(s.spawn(a())); log(hs.len());",
                "let mut hs = vec![]; hs.push(s.spawn(a())); while let Some(h) = hs.pop() { h.await; }",
            ),
            (
                "let mut hs: Vec<_> = Default::default(); hs.push(s.spawn(a()));",
                "let mut hs: Hub = Default::default(); hs.push(s.spawn(a()));",
            ),
            (
                "let hs: Vec<_> = ids.map(|id| s.spawn(work(id))).collect();",
                "let hs: Vec<_> = ids.map(|id| s.spawn(work(id))).collect(); join_all(hs).await;",
            ),
            (
                "let hs = [s.spawn(a()), s.spawn(b())];",
                "let [a, b] = [s.spawn(a()), s.spawn(b())]; a.await; b.await;",
            ),
            (
                "let hs = (s.spawn(a()), s.spawn(b()));",
                "let hs = (s.spawn(a()), s.spawn(b())); hs.0.await; hs.1.await;",
            ),
            (
                "let pair = Pair { a: s.spawn(a()) };",
                "let Pair { a } = Pair { a: s.spawn(a()) }; a.await;",
            ),
            (
                "let a = s.spawn(a()); let pair = Pair { a };",
                "let a = s.spawn(a()); let pair = Pair { a }; pair.a.await;",
            ),
            (
                "let mut map = HashMap::new(); map.insert(1, s.attempt(a())); if map.is_empty() { return }",
                "let mut map = HashMap::new(); map.insert(1, s.attempt(a())); map.remove(&1).await;",
            ),
            (
                "let mut hs = Vec::new(); let h = s.spawn(a()); hs.push(h);",
                "let mut hs = Vec::new(); let h = s.spawn(a()); hs.push(h); hs.drain(..).for_each(keep);",
            ),
            (
                "let mut hs = Vec::new(); hs.extend(ids.map(|id| s.spawn(work(id))));",
                "let mut hs = Vec::new(); hs.extend(ids.map(|id| s.spawn(work(id)))); select_all(hs).await;",
            ),
            (
                "let mut hs = FuturesUnordered::new(); hs.push(s.spawn(a())); hs.clear();",
                "let mut hs = FuturesUnordered::new(); hs.push(s.spawn(a())); hs.next().await;",
            ),
        ],
        &expect![[r#"
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs = Vec::new(); for id in ids { hs.push(s.spawn(work(id))); }
              |         ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs = vec![]; hs.push(s.spawn(a())); log(hs.len());
              |         ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs: Vec<_> = Default::default(); hs.push(s.spawn(a()));
              |         ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let hs: Vec<_> = ids.map(|id| s.spawn(work(id))).collect();
              |     ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let hs = [s.spawn(a()), s.spawn(b())];
              |     ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let hs = (s.spawn(a()), s.spawn(b()));
              |     ^^
            error: nothing uses the handle in `pair`, and the child's value is lost
            help: await it, or write `s.launch(…)` to run the child for its effect
              | let pair = Pair { a: s.spawn(a()) };
              |     ^^^^
            error: nothing uses the handle in `pair`, and the child's value is lost
            help: await it, or write `s.launch(…)` to run the child for its effect
              | let a = s.spawn(a()); let pair = Pair { a };
              |                           ^^^^
            error: nothing uses the handles in `map`, and the children's values are lost
            help: await each of them
              | let mut map = HashMap::new(); map.insert(1, s.attempt(a())); if map.is_empty() { return }
              |         ^^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs = Vec::new(); let h = s.spawn(a()); hs.push(h);
              |         ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs = Vec::new(); hs.extend(ids.map(|id| s.spawn(work(id))));
              |         ^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let mut hs = FuturesUnordered::new(); hs.push(s.spawn(a())); hs.clear();
              |         ^^
        "#]],
    );
}
