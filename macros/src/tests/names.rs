//! Names: those of the expansion are its own, and a raw one is the same as the plain one.

use expect_test::expect;
use proc_macro2::TokenStream;

use super::{accepts, rejects};
use crate::scope::{self, Policy};
use crate::supervised::expand;

fn supervise(args: &str, function: &str) -> String {
    expand(args.parse().unwrap(), function.parse().unwrap()).to_string()
}

fn scope(input: &str) -> String {
    let input: TokenStream = format!("[::foster] {input}").parse().unwrap();
    scope::expand(input, Policy::Plain).to_string()
}

/// One that is twice in an expansion would be the other.
#[test]
fn each_variable_of_an_expansion_has_a_name_of_its_own() {
    let output = supervise("s", "async fn f(a: A, a: A, __arg3: B, (b, _): C, s: D) {}");
    assert!(
        output.contains("fn f (a : A , a_ : A , __arg3 : B , __arg3_ : C , s : D)"),
        "{output}"
    );
    assert!(output.contains("let a = a_ ;"), "{output}");
    assert!(output.contains("let (b , _) = __arg3_ ;"), "{output}");
    assert!(output.contains("let mut s_ = s_ ; let s = & mut s_ ;"), "{output}");
}

/// Its edition has more keywords than the user's.
#[test]
fn variable_of_an_expansion_is_raw_where_it_would_be_a_keyword() {
    let output = supervise("s", "async fn f(gen: A, r#gen_: B) {}");
    assert!(output.contains("fn f (r#gen : A , r#gen_ : B)"), "{output}");
    assert!(output.contains("let gen = r#gen ;"), "{output}");
    let output = scope("|gen| { 1 }");
    assert!(output.contains("let mut r#gen = r#gen ; let gen = & mut r#gen ;"), "{output}");
}

#[test]
fn parameter_is_called_as_the_scope_only_where_it_is_bound() {
    let says = |params: &str| {
        supervise("s", &format!("async fn f({params}) {{}}"))
            .contains("is the scope and a parameter")
    };
    for params in ["s: A", "(a, mut s): A", "P { s }: P", "r#s: A", "s @ (a, b): A"] {
        assert!(says(params), "{params}");
    }
    for params in ["P { s: a }: P", "s::P(a): P", "a: s"] {
        assert!(!says(params), "{params}");
    }
}

#[test]
fn scope_of_a_raw_name_may_interleave() {
    for (name, used) in [("s", "s"), ("r#s", "s"), ("s", "r#s"), ("r#s", "r#s")] {
        let interleaves =
            |body: &str| scope(&format!("|{name}| {{ {used}.{body} }}")).contains("plain (true");
        assert!(interleaves("interleave(a());"), "{name} {used}");
        assert!(interleaves("r#interleave(a());"), "{name} {used}");
        assert!(!interleaves("launch(a());"), "{name} {used}");
        assert!(!interleaves("r#launch(a());"), "{name} {used}");
    }
}

#[test]
fn raw_name_is_the_same_name() {
    rejects(
        &[
            ("r#s.spawn(a());", "r#s.launch(a());"),
            ("s.r#spawn(a());", "s.r#launch(a());"),
            ("let r#h = s.spawn(a()); 1", "let r#h = s.spawn(a()); h.await"),
            ("let r#in = s.spawn(a()); 1", "let r#in = s.spawn(a()); r#in.await"),
            ("let r#in = s.spawn(a()); s.launch(async move { r#in.await; });", "1"),
            ("r#drop(s.spawn(a()));", "r#drop(a());"),
            ("let hs = r#vec![]; hs.r#push(s.spawn(a()));", "r#vec![s.spawn(a()).await]; 1"),
            ("r#shield!({ 1 }); 1", "r#shield!({ 1 }).await; 1"),
            ("r#tokio::r#spawn(a());", "r#tokio::r#spawned(a());"),
        ],
        &expect![[r#"
            error: the handle from `r#s.spawn` is dropped here, and the child's value is lost
            help: write `r#s.launch(…)` to run the child for its effect, or await the handle
              | r#s.spawn(a());
              | ^^^^^^^^^
            error: the handle from `s.spawn` is dropped here, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | s.r#spawn(a());
              | ^^^^^^^^^
            error: nothing uses the handle `r#h`, and the child's value is lost
            help: write `r#h.await`, or `s.launch(…)` to run the child for its effect
              | let r#h = s.spawn(a()); 1
              |     ^^^
            error: nothing uses the handle `r#in`, and the child's value is lost
            help: write `r#in.await`, or `s.launch(…)` to run the child for its effect
              | let r#in = s.spawn(a()); 1
              |     ^^^^
            error: a handle cannot move into a task
            help: write `let r#in = r#in.await;` before the task
              | let r#in = s.spawn(a()); s.launch(async move { r#in.await; });
              |                                                ^^^^
            error: the handle from `s.spawn` is given to `drop`, and the child's value is lost
            help: write `s.launch(…)` to run the child for its effect, or await the handle
              | r#drop(s.spawn(a()));
              |        ^^^^^^^
            error: nothing uses the handles in `hs`, and the children's values are lost
            help: await each of them, or write `s.launch(…)` to run the children for their effect
              | let hs = r#vec![]; hs.r#push(s.spawn(a()));
              |     ^^
            error: `shield!` is never awaited, and so does nothing
            help: write `shield!(…).await`
              | r#shield!({ 1 }); 1
              | ^^^^^^^^^
            error: `tokio::spawn` starts a task that this scope does not own
            help: write `s.spawn(…)` or `s.launch(…)`
            note: `#[allow_unowned(reason = "…")]` on the statement allows it
              | r#tokio::r#spawn(a());
              | ^^^^^^^^^^^^^^^^
        "#]],
    );
    accepts("let h = s.spawn(a()); r#h.await");
}
