//! Writes what was measured into the pages that quote it.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// A text that stands between two marks in a page, wherever these are.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// The pages, from the root of the repository.
const PAGES: [&str; 3] = ["README.md", "benches/README.md", "docs/performance.md"];

/// The picture's copy for the documentation.
const PICTURE: &str = "docs/performance.svg";

fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Replaces each section in each page that has its marks, and the picture where there is a new one.
pub(crate) fn write(sections: &[Section], picture: Option<&str>) -> io::Result<()> {
    for page in PAGES {
        let path = repository().join(page);
        let mut text = fs::read_to_string(&path)?;
        for section in sections {
            text = replaced(&text, section);
        }
        fs::write(path, text)?;
    }
    match picture {
        Some(picture) => fs::write(repository().join(PICTURE), picture),
        None => Ok(()),
    }
}

fn replaced(page: &str, section: &Section) -> String {
    let begin = format!("<!-- measured: {} -->\n", section.name);
    let end = "<!-- end -->";
    let Some((before, rest)) = page.split_once(&begin) else { return page.to_owned() };
    let Some((_, after)) = rest.split_once(end) else { return page.to_owned() };
    format!("{before}{begin}{}\n{end}{after}", section.text.trim_end())
}
