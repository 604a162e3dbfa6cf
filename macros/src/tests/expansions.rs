//! What the macros make of their input.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

use crate::scope::{self, Policy};
use crate::supervised;

fn expands(policy: Policy, input: &str, expect: &Expect) {
    let input: TokenStream = format!("[::foster] {input}").parse().unwrap();
    let output = scope::expand(input, policy);
    let file = syn::parse2(quote::quote!(fn f() { #output })).unwrap();
    expect.assert_eq(&prettyplease::unparse(&file));
}

fn supervises(args: &str, function: &str, expect: &Expect) {
    let output = supervised::expand(args.parse().unwrap(), function.parse().unwrap());
    expect.assert_eq(&prettyplease::unparse(&syn::parse2(output).unwrap()));
}

#[test]
fn supervised_function() {
    supervises(
        "",
        "/// Gets it.\npub async fn get(&self, (a, _): (A, B)) -> Result<u8, E> { work(a).await }",
        &expect![[r#"
            /// Gets it.
            pub fn get(
                &self,
                __arg1: (A, B),
            ) -> impl ::core::future::Future<Output = Result<u8, E>> {
                ::foster::__private::Function::<Result<u8, E>>::NEW
                    .unnamed(
                        ::foster::__private::life("get"),
                        async move {
                            let _ = &self;
                            let mut __arg1 = __arg1;
                            let (a, _) = __arg1;
                            if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                                Result<u8, E>,
                            > {
                                return __ret;
                            }
                            ({ work(a).await })
                        },
                    )
            }
        "#]],
    );
}

#[test]
fn supervised_function_with_a_name() {
    supervises(
        "s",
        "async fn get<T>(mut a: T) { s.launch(work(a)); }",
        &expect![[r#"
            fn get<T>(a: T) -> impl ::core::future::Future<Output = ()> {
                ::foster::__private::Function::<()>::NEW
                    .named(
                        ::foster::__private::life("get"),
                        move |s| {
                            async move {
                                let mut a = a;
                                let mut s = s;
                                let s = &mut s;
                                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                                    (),
                                > {
                                    return __ret;
                                }
                                ({
                                    s.launch(work(a));
                                })
                            }
                        },
                    )
            }
        "#]],
    );
}

/// The lifetime of what it interleaves is none of the signature.
#[test]
fn supervised_function_that_interleaves() {
    supervises(
        "s, name = \"g\"",
        "async fn get() { s.interleave(work()); }",
        &expect![[r#"
            async fn get() {
                ::foster::__private::Function::<()>::NEW
                    .interleaving(
                        "g",
                        move |s| {
                            async move {
                                let mut s = s;
                                let s = &mut s;
                                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                                    (),
                                > {
                                    return __ret;
                                }
                                ({
                                    s.interleave(work());
                                })
                            }
                        },
                    )
                    .await
            }
        "#]],
    );
}

/// It may be looking for the `async`.
#[test]
fn supervised_function_with_another_attribute() {
    supervises(
        "",
        "#[tracing::instrument] async fn get() -> impl Iterator { work().await }",
        &expect![[r##"
            #[tracing::instrument]
            async fn get() -> impl Iterator {
                ::foster::__private::PlainFunction::<_>::NEW
                    .unnamed(::foster::__private::life("get"), async move { ({ work().await }) })
                    .await
            }
        "##]],
    );
}

#[test]
fn supervised_function_of_async_trait() {
    supervises(
        "",
        "fn get() -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { work().await }) }",
        &expect![[r#"
            fn get() -> Pin<Box<dyn Future<Output = u8>>> {
                Box::pin(
                    ::foster::__private::Function::<u8>::NEW
                        .unnamed(
                            ::foster::__private::life("get"),
                            async move {
                                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                                    u8,
                                > {
                                    return __ret;
                                }
                                ({ work().await })
                            },
                        ),
                )
            }
        "#]],
    );
}

#[test]
fn plain_scope() {
    expands(
        Policy::Plain,
        "|s| { let h = s.spawn(work()); h.await }",
        &expect![[r#"
            fn f() {
                ::foster::ScopeFuture::plain(
                    false,
                    |s| async {
                        let mut s = s;
                        let s = &mut s;
                        ({
                            let h = s.spawn(work());
                            h.await
                        })
                    },
                )
            }
        "#]],
    );
}

#[test]
fn scope_with_a_type_and_a_queue() {
    expands(
        Policy::FailFast,
        "|s| -> Result<u8, E> { s.interleave(work()); Ok(1) }",
        &expect![[r#"
            fn f() {
                ::foster::ScopeFuture::fail_fast(
                    true,
                    |s| async {
                        let mut s = s;
                        let s = &mut s;
                        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                            Result<u8, E>,
                        > {
                            return __ret;
                        }
                        ({
                            s.interleave(work());
                            Ok(1)
                        })
                    },
                )
            }
        "#]],
    );
}

#[test]
fn body_without_braces() {
    expands(
        Policy::Plain,
        "|_| 1",
        &expect![[r#"
            fn f() {
                ::foster::ScopeFuture::plain(
                    false,
                    |__scope| async {
                        let mut __scope = __scope;
                        let _ = &mut __scope;
                        1
                    },
                )
            }
        "#]],
    );
}

#[test]
fn errors_stand_before_the_body() {
    expands(
        Policy::Plain,
        "|s| { s.spawn(a()); #[allow_unowned(reason = \"r\")] tokio::spawn(b()); let _ = s.spawn(c()); 1 }",
        &expect![[r#"
            fn f() {
                ::foster::ScopeFuture::plain(
                    false,
                    |s| async {
                        let mut s = s;
                        let s = &mut s;
                        ({
                            ::core::compile_error! {
                                "the handle from `s.spawn` is dropped here, and the child's value is lost\nhelp: write `s.launch(…)` to run the child for its effect, or await the handle"
                            }
                            ::core::compile_error! {
                                "the handle from `s.spawn` is bound to `_`, and the child's value is lost\nhelp: write `s.launch(…)` to run the child for its effect, or await the handle"
                            }
                            s.spawn(a());
                            tokio::spawn(b());
                            let _ = s.spawn(c());
                            1
                        })
                    },
                )
            }
        "#]],
    );
}

#[test]
fn wrong_heads() {
    let mut text = String::new();
    for input in [
        "",
        "{ 1 }",
        "s => { 1 }",
        "|s",
        "async |s| { 1 }",
        "move |s| 1",
        "|| 1",
        "|mut s| 1",
        "|s: &mut Scope<'_, Plain>| 1",
        "|s, t| 1",
        "async { 1 }",
    ] {
        let tokens: TokenStream = format!("[::foster] {input}").parse().unwrap();
        let output = scope::expand(tokens, Policy::Plain).to_string();
        let expands = output.contains("ScopeFuture");
        let messages = output
            .split("compile_error ! {")
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap_or_default().trim().replace("\\n", "\n    "));
        let messages: Vec<String> = messages.collect();
        let rest = if expands { "expands" } else { "stops" };
        writeln!(text, "scope!({input}) {rest}\n    {}", messages.join("\n    ")).unwrap();
    }
    expect![[r#"
        scope!() stops
            "expected a closure that takes the scope
            help: write `|s| { …
        scope!({ 1 }) stops
            "expected a closure that takes the scope
            help: write `|s| { …
        scope!(s => { 1 }) stops
            "expected a closure that takes the scope
            help: write `|s| { …
        scope!(|s) stops
            "expected a closure that takes the scope
            help: write `|s| { …
        scope!(async |s| { 1 }) expands
            "the body of a scope is not marked `async`: it awaits and borrows as it is
            help: remove `async`"
        scope!(move |s| 1) expands
            "the body of a scope is not marked `move`: it awaits and borrows as it is
            help: remove `move`"
        scope!(|| 1) expands
            "the closure takes the scope
            help: write `|s|`, or `|_|` where no child is started"
        scope!(|mut s| 1) expands
            "expected a name for the scope, and nothing else
            help: write `|s|`"
        scope!(|s: &mut Scope<'_, Plain>| 1) expands
            "expected a name for the scope, and nothing else
            help: write `|s|`"
        scope!(|s, t| 1) expands
            "expected a name for the scope, and nothing else
            help: write `|s|`"
        scope!(async { 1 }) stops
            "expected a closure that takes the scope
            help: write `|s| { …
    "#]]
    .assert_eq(&text);
}
