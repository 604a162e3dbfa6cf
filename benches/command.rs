//! The command line that the programs for callgrind share: `PROGRAM ROW OWNER N [SHIFT]`.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

/// N operations, not started yet.
pub type Operations = Pin<Box<dyn Future<Output = ()>>>;

/// Runs what the command line names, and says nothing. A pair of row and owner that does not exist
/// exits with 2.
///
/// `find` makes the operations; `needs_timer` names the owners whose runtime has a timer.
pub fn main(
    find: impl FnOnce(&str, &str, usize) -> Option<Operations>,
    needs_timer: &[&str],
) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments, find, needs_timer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// The command line, or what is wrong with it.
fn run(
    arguments: &[String],
    find: impl FnOnce(&str, &str, usize) -> Option<Operations>,
    needs_timer: &[&str],
) -> Result<(), String> {
    let (row, owner, n, shift) = match arguments {
        [row, owner, n] => (row, owner, n, "0"),
        [row, owner, n, shift] => (row, owner, n, shift.as_str()),
        _ => return Err("usage: ROW OWNER N [SHIFT]".to_owned()),
    };
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
    let operations = find(row, owner, number(n)?);
    let operations = operations.ok_or_else(|| format!("`{row}` does not apply to `{owner}`"))?;
    let _shift = black_box(vec![0u8; 16 * number(shift)? + 1]);
    let runtime = runtime(needs_timer.contains(&owner.as_str()));
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(operations);
    Ok(())
}

/// A runtime without timer and I/O driver: each adds its own turn to every park, which would
/// flatter the ratio.
fn runtime(has_timer: bool) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    if has_timer {
        builder.enable_time();
    }
    builder.build()
}
