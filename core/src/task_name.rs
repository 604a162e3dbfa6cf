//! How a task is called that was given no name: by the type of its future, without what that is
//! wrapped in.

/// The name of a future whose type is erased.
const BOXED: &str = "a boxed future";

/// Wrappers that say nothing about the task in them: the crate, the type, and which of its type
/// arguments is the future. The modules in between are left out, since they move.
const WRAPPERS: &[(&str, &str, usize)] = &[
    ("alloc", "Box", 0),
    ("core", "AssertUnwindSafe", 0),
    ("core", "Pin", 0),
    ("foster", "Graceful", 0),
    ("foster", "ScopeFuture", 1),
    ("foster", "Shield", 0),
    ("foster", "Within", 0),
    ("futures_util", "Abortable", 0),
    ("futures_util", "CatchUnwind", 0),
    ("futures_util", "Fuse", 0),
    ("futures_util", "Inspect", 0),
    ("futures_util", "InspectErr", 0),
    ("futures_util", "InspectOk", 0),
    ("futures_util", "IntoFuture", 0),
    ("futures_util", "Map", 0),
    ("futures_util", "MapErr", 0),
    ("futures_util", "MapOk", 0),
    ("futures_util", "OptionFuture", 0),
    ("futures_util", "Shared", 0),
    ("sync_wrapper", "SyncFuture", 0),
    ("sync_wrapper", "SyncWrapper", 0),
    ("tokio", "Coop", 0),
    ("tokio", "RunUntil", 0),
    ("tokio", "TaskLocalFuture", 1),
    ("tokio", "Timeout", 0),
    ("tokio", "Unconstrained", 0),
    ("tokio_util", "TokioContext", 0),
    ("tokio_util", "WithCancellationTokenFuture", 0),
    ("tokio_util", "WithCancellationTokenFutureOwned", 0),
    ("tracing", "Instrumented", 0),
    ("tracing", "WithDispatch", 0),
];

/// Returns the part of a type's name that tells which task it is of.
pub(crate) fn of_type(mut name: &'static str) -> &'static str {
    while let Some(held) = held(name) {
        name = held;
    }
    if is_dyn_future(name) {
        return BOXED;
    }
    // An `async` block is a closure in the function that it stands in.
    let name = name.trim_end_matches("::{{closure}}");
    name.strip_suffix('>').and_then(without_lifetimes).unwrap_or(name)
}

/// What a list of nothing but lifetimes, which are all erased, stands behind.
fn without_lifetimes(generic: &'static str) -> Option<&'static str> {
    let (function, list) = generic.rsplit_once('<')?;
    list.split(", ").all(|argument| argument == "'_").then_some(function)
}

/// Whether the first trait of a trait object is std's `Future`.
fn is_dyn_future(name: &str) -> bool {
    let Some(bounds) = name.strip_prefix("dyn ") else {
        return false;
    };
    let unquantified = bounds.strip_prefix("for<").and_then(|rest| rest.split_once("> "));
    let first = unquantified.map_or(bounds, |(_, first)| first);
    first.starts_with("core::future::future::Future")
}

/// What a reference or a known wrapper holds.
fn held(name: &'static str) -> Option<&'static str> {
    if let Some(target) = name.strip_prefix("&mut ") {
        let object = target.strip_prefix('(').and_then(|target| target.strip_suffix(')'));
        return Some(object.unwrap_or(target));
    }
    let (path, arguments) = name.strip_suffix('>')?.split_once('<')?;
    let (root, (_, last)) = (path.split("::").next()?, path.rsplit_once("::")?);
    let known = |&&(of, wrapper, _): &&(&str, &str, usize)| (of, wrapper) == (root, last);
    let (_, _, index) = WRAPPERS.iter().find(known)?;
    argument(arguments, *index)
}

/// The type argument at an index of a list; `None` also where it is no list, but ends before the
/// text does.
fn argument(list: &'static str, index: usize) -> Option<&'static str> {
    let (mut depth, mut start, mut types) = (0_usize, 0, 0);
    let (mut found, mut before) = (None, ' ');
    for (at, char) in list.char_indices().chain([(list.len(), ',')]) {
        match char {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '-' => {} // of a function's return type
            '>' | ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                let argument = list.get(start..at)?.trim_start();
                start = at + 1;
                if !argument.starts_with('\'') {
                    found = found.or((types == index).then_some(argument));
                    types += 1;
                }
            }
            _ => {}
        }
        before = char;
    }
    found
}

#[cfg(test)]
mod tests {
    use std::any::type_name_of_val;
    use std::future::{pending, poll_fn};
    use std::panic::AssertUnwindSafe;
    use std::pin::{Pin, pin};
    use std::task::Poll;
    use std::time::Duration;

    use super::*;
    use crate::policy::Plain;

    const WORKER: &str = "foster::task_name::tests::worker";

    async fn worker() {
        pending::<()>().await;
    }

    async fn generic<T>(value: T) {
        drop(value);
        pending::<()>().await;
    }

    #[track_caller]
    fn is_called<F: ?Sized>(future: &F, name: &str) {
        assert_eq!(of_type(type_name_of_val(future)), name);
    }

    #[test]
    fn a_function_is_called_by_its_path_and_a_block_by_the_function_it_stands_in() {
        is_called(&worker(), WORKER);
        is_called(&generic(1_u8), "foster::task_name::tests::generic<u8>");
        let outer = of_type(type_name_of_val(&async { drop(async {}) }));
        assert!(outer.ends_with("_by_the_function_it_stands_in"), "{outer}");
        let polled = poll_fn(|_| Poll::Ready(()));
        is_called(&polled, type_name_of_val(&polled));
    }

    #[tokio::test]
    async fn wrappers_of_foster_std_and_tokio_are_taken_off() {
        is_called(&crate::Shield::<_>::new(None, worker()).within(Duration::MAX), WORKER);
        let scope = crate::ScopeFuture::<'_, Plain, _>::plain(false, |_| worker());
        is_called(&scope, WORKER);
        is_called(&scope.within(Duration::MAX), WORKER);
        is_called(&Box::pin(worker()), WORKER);
        is_called(&AssertUnwindSafe(Box::pin(worker())), WORKER);
        is_called(&pin!(worker()), WORKER);
        is_called(&tokio::time::timeout(Duration::MAX, worker()), WORKER);
        is_called(&tokio::task::unconstrained(Box::pin(worker())), WORKER);
        tokio::task_local! { static HELD: fn(u8, Vec<u8>) -> Vec<u8>; }
        is_called(&HELD.scope(|_, held| held, worker()), WORKER);
    }

    #[test]
    fn wrappers_of_other_crates_and_lifetimes_are_taken_off() {
        for (name, called) in [
            ("tracing::instrument::Instrumented<app::worker::{{closure}}>", "app::worker"),
            ("tracing::instrument::WithDispatch<tokio::time::Timeout<app::W>>", "app::W"),
            (
                "futures_util::future::future::Map<app::W<(u8, [u8; 2])>, app::f>",
                "app::W<(u8, [u8; 2])>",
            ),
            ("<app::S as app::Run>::run<'_, '_>::{{closure}}", "<app::S as app::Run>::run"),
            ("tokio_util::WithCancellationTokenFuture<'_, app::W>", "app::W"),
        ] {
            assert_eq!(of_type(name), called, "{name}");
        }
    }

    #[test]
    fn a_type_that_is_no_known_wrapper_keeps_its_name() {
        for name in [
            "app::Timeout<app::worker::{{closure}}>",
            "app::tracing::Instrumented<app::W>",
            "app::Request<'_, app::W>",
            "<core::pin::Pin<app::W> as app::Run>::run",
            "core::pin::Pin<app::W>::run<u8>",
            "tokio::task::task_local::TaskLocalFuture<u8>",
            "futures_util::future::join::Join<app::A, app::B>",
            "dyn app::Job<Output = ()> + core::marker::Send",
            "",
        ] {
            assert_eq!(of_type(name), name);
        }
    }

    #[test]
    fn a_future_whose_type_is_erased_is_a_boxed_future() {
        let boxed: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(worker());
        is_called(&boxed, BOXED);
        let mut future = pin!(worker());
        let borrowed: Pin<&mut (dyn Future<Output = ()> + Send)> = future.as_mut();
        is_called(&borrowed, BOXED);
        assert_eq!(of_type("dyn for<'a> core::future::future::Future<Output = &'a u8>"), BOXED);
    }
}
