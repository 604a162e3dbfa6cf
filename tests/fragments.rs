//! Parts of what the macros are given may be fragments of a `macro_rules!`.

use std::future::pending;

use foster::{Spawner, checkpoint, scope, shield, supervised, try_scope};

use crate::support::{Fault, both};

macro_rules! whole {
    ($closure:expr) => {
        scope!($closure)
    };
}

macro_rules! named {
    (|$scope:pat_param| $body:block) => {
        scope!(|$scope| $body)
    };
}

macro_rules! valued {
    ($scope:ident => $body:expr) => {
        scope!(|$scope| $body)
    };
}

macro_rules! typed {
    ($scope:ident => $result:ty: $body:block) => {
        try_scope!(|$scope| -> $result $body)
    };
}

#[test]
fn a_scope_is_made_of_fragments() {
    both(async || {
        let mut n = 0;
        whole!(|s| {
            s.interleave(async { n += 1 });
        })
        .await;
        named!(|s| {
            s.interleave(async { n += 1 });
            s.launch(async {});
        })
        .await;
        valued!(s => {
            s.interleave(async { n += 1 });
        })
        .await;
        let value = valued!(s => s.spawn(async { 1 }).await).await;
        let result = typed!(s => Result<u32, Fault>: {
            let child = s.spawn(async { Ok::<_, Fault>(1) });
            s.interleave(async {
                n += 1;
                Ok::<_, Fault>(())
            });
            Ok(child.await)
        })
        .await;
        assert_eq!((n, value, result), (4, 1, Ok(1)));
    });
}

#[test]
fn a_shield_is_made_of_a_fragment() {
    macro_rules! of_block {
        ($body:block) => {
            shield!($body)
        };
    }
    macro_rules! of_expr {
        ($body:expr) => {
            shield!($body)
        };
    }
    both(async || {
        assert_eq!(of_block!({ 1 }).await, 1);
        assert_eq!(of_expr!(1 + 1).await, 2);
    });
}

macro_rules! function {
    (
        $(#[$attribute:meta])* $vis:vis $name:ident<$short:lifetime, $generic:ident: $bound:path>
            ($([$pat:pat]: $arg:ty),*) -> $output:ty $body:block
    ) => {
        #[supervised]
        $(#[$attribute])*
        $vis async fn $name<$short, $generic: $bound>($($pat: $arg),*) -> $output $body
    };
}

function! {
    /// Borrows, too.
    #[inline]
    pub(crate) of_parts<'a, T: Send>([mut n]: u32, [(text, _)]: (&'a str, T)) -> Result<&'a str, Fault> {
        n += 1;
        Spawner::current().launch(async { Err::<(), _>(Fault("of a child")) }).expect("it is open");
        if n > 2 { pending::<()>().await }
        Ok(text)
    }
}

macro_rules! returning {
    ($name:ident -> $output:ty $body:block) => {
        #[supervised]
        async fn $name() -> $output $body
    };
}

returning! {
    of_never -> ! {
        checkpoint().await;
        pending().await
    }
}

macro_rules! item {
    ($options:meta, $item:item) => {
        #[supervised($options)]
        $item
    };
}

item! { name = "other", pub(crate) async fn of_an_item(n: u32) -> u32 { n } }

macro_rules! options {
    ($scope:ident, $name:literal, $foster:path, $item:item) => {
        #[supervised($scope, name = $name, crate = $foster)]
        $item
    };
}

options! { s, "other", ::foster, async fn of_options(n: u32) -> u32 {
    s.spawn(async move { n }).await
}}

#[test]
fn a_supervised_function_is_made_of_fragments() {
    both(async || {
        assert_eq!(of_parts(1, ("text", ())).await, Ok("text"));
        assert_eq!((of_an_item(1).await, of_options(2).await), (1, 2));
        tokio::select! {
            biased;
            _ = of_never() => {}
            () = async {} => {}
        }
    });
}

macro_rules! tests {
    ($($name:ident, $within:literal, $flavor:expr, $output:ty, $body:block;)*) => {$(
        #[foster::test(timeout = $within, flavor = $flavor, crate = ::foster)]
        async fn $name() -> $output $body
    )*};
}

tests! {
    a_test_is_made_of_fragments, "60s", "multi_thread", (), {};
    a_test_that_may_fail_is_made_of_fragments, "60s", "current_thread", Result<(), Fault>, { Ok(()) };
}

#[test]
fn an_opt_out_is_a_fragment() {
    macro_rules! opted_out {
        ($scope:ident, $opt_out:meta) => {
            scope!(|$scope| {
                #[$opt_out]
                let task = tokio::spawn(async { 1 });
                $scope.launch(async {});
                task.await.ok()
            })
        };
    }
    both(async || {
        let task = opted_out!(s, allow_unowned(reason = "it is awaited here"));
        assert_eq!(task.await, Some(1));
    });
}
