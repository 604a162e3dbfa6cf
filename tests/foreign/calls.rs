//! Foreign code is called in one place each, which catches.

use std::fs;
use std::path::{Path, PathBuf};

/// What may stand in one file of the core only.
const CALLS: [(&str, &[&str]); 8] = [
    ("tracing::event!", &["emit.rs"]),
    ("tracing::enabled!", &["emit.rs"]),
    ("tracing::error!", &[]),
    ("tracing::warn!", &[]),
    ("tracing::info!", &[]),
    ("eprint", &["stderr.rs"]),
    ("println!", &[]),
    (".wake()", &["panics.rs"]),
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn the_core_calls_subscribers_wakers_and_standard_error_in_one_place_each() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    assert!(files.len() > 30, "the sources are found");
    let mut naked = Vec::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        let text = fs::read_to_string(&file).expect("the file can be read");
        // What a model's or a test's own code does is nobody's business.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.split("#[cfg(all(test, foster_loom))]\nmod").next().unwrap_or_default();
        for (line, text) in code.lines().enumerate() {
            let text = text.split("//").next().unwrap_or_default();
            for (call, allowed) in CALLS {
                if text.contains(call) && !allowed.contains(&name) && name != "models.rs" {
                    naked.push(format!("{name}:{}: {}", line + 1, text.trim()));
                }
            }
        }
    }
    assert!(
        naked.is_empty(),
        "use `emit!`, `stderr::tell` and `panics::wake`:\n{}",
        naked.join("\n")
    );
}
