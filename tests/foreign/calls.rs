//! Output, subscribers and wakers are foreign code: each is called in one place, which catches, and
//! waits for nothing without a bound.

use std::fs;
use std::path::{Path, PathBuf};

/// What is called, and the file of the core that may.
const CALLS: [(&str, &[&str]); 13] = [
    ("print!(", &[]),
    ("println!(", &[]),
    ("eprintln!(", &[]),
    ("eprint!(", &["stderr.rs"]),
    ("dbg!(", &[]),
    ("tracing::event!(", &["emit.rs"]),
    ("tracing::error!(", &[]),
    ("tracing::warn!(", &[]),
    ("tracing::info!(", &[]),
    ("tracing::debug!(", &[]),
    ("tracing::trace!(", &[]),
    (".wake()", &["panics.rs"]),
    (".wake_by_ref()", &[]),
];

/// A call that no rule is about: a waker of foster's own, or one inside of a catch.
fn is_fine(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("self.") || line.contains("panics::silence(|| ")
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the core is beside the tests") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn foreign_code_is_called_in_one_place_each() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src"), &mut files);
    let mut naked = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("it is text");
        let (code, _tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        let name = file.file_name().and_then(|name| name.to_str()).expect("it has a name");
        for (number, line) in code.lines().map(str::trim).enumerate() {
            let calls = |(call, allowed): &(&str, &[&str])| {
                let at = line.find(call);
                let whole = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric());
                at.is_some_and(whole) && !allowed.contains(&name)
            };
            if !is_fine(line) && CALLS.iter().any(calls) {
                naked.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert_eq!(naked, [""; 0], "use `emit!`, `stderr::tell` and `panics::wake`");
}
