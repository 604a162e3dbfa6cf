//! `scope!`, `try_scope!` and `shield!`.

// What two of them are forwarded to: rustc names the path when an error is theirs.
pub use foster_macros::{scope, try_scope};

/// Opens a scope: its children return plain values, and the scope's value is the body's.
///
/// The result is a [`ScopeFuture`](crate::ScopeFuture); write `.await`. The body borrows from the
/// enclosing function, also by `&mut`; `?` and `return` leave the body. The whole is `Send` when
/// the body and its output are.
///
/// ```text
/// scope!(|s| { body })
/// scope!(|_| { body })
/// ```
///
/// A child's panic cancels the rest and is resumed here once all are gone (R4). An `Err` is a
/// value like any other: for the first to end the scope, use [`try_scope!`](crate::try_scope).
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut seen = Vec::new();
/// let sum = foster::scope!(|s| {
///     let a = s.spawn(async { 1 });
///     let b = s.spawn(async { 2 });
///     seen.push("both started");
///     a.await + b.await
/// })
/// .await;
/// assert_eq!((sum, seen.len()), (3, 1));
/// # }
/// ```
///
/// # Common mistakes
///
/// `s.launch(…)` of a future that outputs a `Result` does not compile: an error has to go
/// somewhere. An `async` block that borrows a local does not either: write `async move` and clone
/// what it needs first, or [`interleave`](crate::Scope::interleave) it.
///
/// # Expands to
///
/// A call of a function in this crate, with a closure that takes the scope and returns an `async`
/// block of the body: no unsafe code, and no `move`, so the body borrows.
#[macro_export]
macro_rules! scope {
    ($($body:tt)*) => { $crate::macros::scope! { [$crate] $($body)* } };
}

/// Opens a fail-fast scope: the first `Err` of a child or the body cancels the rest, all are waited
/// for, and that `Err` comes out (R3).
///
/// Children of [`spawn`](crate::Scope::spawn) output a `Result`, and their handles yield the value:
/// a failure is the scope's business. The scope's error is `From` each child's, and each child's
/// is `Debug`, for the errors after the first, which go to `tracing`.
///
/// ```text
/// try_scope!(|s| { body })
/// try_scope!(|s| -> Result<T, E> { body })
/// ```
///
/// The second form writes the type down where inference cannot find it, as with `?` on the result.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let result = foster::try_scope!(|s| -> Result<u32, io::Error> {
///     s.launch(async { Err(io::Error::other("the disk is full")) });
///     let value = s.spawn(std::future::pending::<Result<u32, io::Error>>());
///     Ok(value.await) // is dropped here: nobody waits for ever
/// })
/// .await;
/// assert_eq!(result.unwrap_err().to_string(), "the disk is full");
/// # }
/// ```
#[macro_export]
macro_rules! try_scope {
    ($($body:tt)*) => { $crate::macros::try_scope! { [$crate] $($body)* } };
}

/// Runs a block as a task of the ambient owner that finishes whatever happens here (R7, R8).
///
/// The result is a [`Shield`](crate::Shield); write `.await`. The block is captured by move and must
/// be `Send + 'static`. An `Err`, or a panic, that nobody is there to take is reported once to the
/// nearest supervisor: it must not be silent.
///
/// ```text
/// shield!(expression)
/// shield!({ statements })
/// ```
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), std::io::Error> {
/// # async fn charge() -> Result<u32, std::io::Error> { Ok(1) }
/// // A client that hangs up drops this await, and not the charge.
/// let receipt = foster::shield!(charge().await).named("charge").await?;
/// assert_eq!(receipt, 1);
///
/// let slow = foster::shield!({ std::future::pending::<()>().await }).within(Duration::from_secs(1));
/// assert_eq!(slow.await, Err(foster::Interrupted::Elapsed));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! shield {
    // A block keeps its braces: their edition says when the temporaries of its last expression are
    // dropped. The parentheses keep rustc from calling them unused.
    ($body:expr) => {
        $crate::__private_shield!(async move { ($body) })
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __private_shield {
    ($block:expr) => {{
        use $crate::__private::{ViaBoxes as _, ViaPrints as _, ViaSilent as _};
        let __block = $block;
        (&&&$crate::__private::Probe::of(&__block)).shield(__block)
    }};
}
