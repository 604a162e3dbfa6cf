//! `docs/leaks.md` quotes rustc as it is: each error is that of a program in `fail`, and each remedy
//! stands in its twin in `pass`.

use std::fs;
use std::path::Path;

/// The content of the next fenced block of a language, up to the next heading.
fn block<'a>(text: &'a str, language: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("```{language}\n"))?;
    Some(rest.split_once("\n```")?.0)
}

#[test]
fn each_error_is_quoted_as_rustc_prints_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: String| {
        let text = fs::read_to_string(folder.join(&path));
        text.unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let page = read("../docs/leaks.md".to_owned());
    let mut quoted = 0;
    for section in page.split("\n### `").skip(1) {
        let (case, text) = section.split_once('`').expect("the heading is a case");
        let error = block(text, "text").unwrap_or_else(|| panic!("{case} quotes no error"));
        assert_eq!(error.trim(), read(format!("fail/{case}.stderr")).trim(), "{case}");
        let twin = read(format!("pass/{case}.rs"));
        for line in block(text, "rust,ignore").unwrap_or_default().lines() {
            assert!(twin.contains(line.trim()), "{case}: `{line}` is not in its twin");
        }
        quoted += 1;
    }
    assert!(quoted > 30, "{quoted} cases are quoted");
}

/// What foster calls its own things is nothing that a user could look up.
#[test]
fn no_error_names_what_is_internal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let cases = fs::read_dir(folder).unwrap();
    let files = cases.flat_map(|case| fs::read_dir(case.unwrap().path()).unwrap());
    let files = files.map(|file| file.unwrap().path());
    let mut read = 0;
    for file in files.filter(|file| file.extension().is_some_and(|it| it == "stderr")) {
        let text = fs::read_to_string(&file).unwrap();
        // rustc underlines with `_`.
        let is_internal = |rest: &str| rest.starts_with(|next: char| next.is_alphabetic());
        assert!(!text.split("__").skip(1).any(is_internal), "{}", file.display());
        read += 1;
    }
    assert!(read > 100, "{read} errors were read");
}
