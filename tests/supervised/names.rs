//! A parameter, a scope and all that a body mentions may have any name: those of the expansion are
//! its own.

use foster::{scope, shield, supervised};

use crate::support::both;

/// What OAuth calls it, and others that an expansion might.
#[supervised(s)]
async fn parameters(scope: &str, life: u32, body: u32, foster: u32, __scope: u32) -> String {
    let sum = s.spawn(async move { life + body + foster + __scope });
    format!("{scope} {}", sum.await)
}

/// The same with each kind of parameter.
#[supervised(scopes)]
async fn patterns(
    (scope, _): (u32, u32),
    __arg0: u32,
    _: u32,
    mut __arg2: u32,
    _scope: u32,
) -> u32 {
    __arg2 += 1;
    scopes.spawn(async move { 100 * scope + 10 * __arg0 + __arg2 }).await
}

struct Request {
    s: u32,
}

/// A field is no parameter.
#[supervised(s)]
async fn field(Request { s: seconds }: Request) -> u32 {
    s.spawn(async move { seconds }).await
}

#[test]
fn a_parameter_may_be_called_like_a_variable_of_the_expansion() {
    both(async || {
        assert_eq!(parameters("read", 1, 2, 3, 4).await, "read 10");
        assert_eq!(patterns((1, 0), 2, 0, 3, 0).await, 124);
        assert_eq!(field(Request { s: 7 }).await, 7);
    });
}

/// A pattern of one of these names would mean the static, and not a new variable.
#[test]
fn a_static_may_be_called_like_a_variable_of_the_expansion() {
    #![expect(non_upper_case_globals, reason = "names that a C library has")]
    static scope: u32 = 1;
    static block: u32 = 2;

    #[supervised(s)]
    async fn sum() -> u32 {
        s.spawn(async { scope + block }).await
    }

    both(async || {
        assert_eq!(sum().await, 3);
        assert_eq!(scope!(|s| s.spawn(async { scope }).await).await, 1);
        assert_eq!(scope!(|_| scope).await, 1);
        assert_eq!(shield!({ block }).await, 2);
    });
}

mod statics {
    #[expect(non_upper_case_globals, reason = "a name that a C library has")]
    static builder: u32 = 1;

    #[foster::test(start_paused)]
    async fn a_test_may_see_a_static_called_like_a_variable_of_the_expansion() {
        assert_eq!(builder, 1);
    }
}

/// To the macro they look alike.
#[test]
fn parameters_that_hygiene_tells_apart_stay_apart() {
    macro_rules! function {
        ($name:ident($arg:ident)) => {
            #[supervised]
            async fn $name($arg: u32, arg: u32) -> u32 {
                10 * $arg + arg
            }
        };
    }
    function!(both_args(arg));
    both(async || assert_eq!(both_args(1, 2).await, 12));
}

#[test]
fn a_raw_name_of_the_scope_is_the_same_name() {
    #[supervised(r#s)]
    async fn interleaves(mut n: u32) -> u32 {
        s.interleave(async move {
            n += 1;
            assert_eq!(n, 2);
        });
        r#s.spawn(async move { n }).await
    }

    #[supervised(r#fn)]
    async fn keyword(r#in: u32) -> u32 {
        r#fn.interleave(async {});
        r#fn.spawn(async move { r#in }).await
    }

    both(async || {
        assert_eq!(interleaves(1).await, 1);
        assert_eq!(keyword(1).await, 1);
    });
}
