//! The clippy preset in `docs/presets` finds what the macros cannot see.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The lines that clippy complains about, and those of other diagnostics.
fn found(preset: &Path) -> (BTreeSet<u64>, Vec<String>) {
    let clippy = Command::new(env!("CARGO"))
        .args(["clippy", "--quiet", "--package", "foster-unowned", "--message-format", "json"])
        // Of its own: clippy does not look again when only its configuration has changed.
        .args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/preset")])
        .env("CLIPPY_CONF_DIR", preset)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(clippy.status.success(), "{}", String::from_utf8_lossy(&clippy.stderr));
    let (mut lines, mut others) = (BTreeSet::new(), Vec::new());
    for line in String::from_utf8(clippy.stdout).expect("cargo writes JSON").lines() {
        let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
        let Some(diagnostic) = message.get("message").filter(|text| text.is_object()) else {
            continue;
        };
        match diagnostic["code"]["code"].as_str() {
            Some("clippy::disallowed_methods" | "clippy::disallowed_types") => {
                lines.extend(diagnostic["spans"][0]["line_start"].as_u64());
            }
            _ => others.push(diagnostic["rendered"].to_string()),
        }
    }
    (lines, others)
}

#[test]
fn the_preset_finds_every_unowned_start_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = include_str!("unowned/lib.rs");
    let expected: BTreeSet<u64> = (1..)
        .zip(source.lines())
        .filter(|(_, line)| line.ends_with("//~"))
        .map(|(n, _)| n)
        .collect();
    let (lines, others) = found(&folder.join("../docs/presets"));
    assert_eq!(lines, expected);
    assert_eq!(others, [""; 0]);
}
