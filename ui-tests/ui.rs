//! What rustc says of programs that lose a task, and that their twins compile.
//!
//! The expected texts are those of the toolchain in `rust-toolchain.toml`, without its `rust-src`
//! component: with it, rustc quotes the standard library. `TRYBUILD=overwrite` writes them anew.

// Two calls of trybuild: a folder that mixes both kinds is not built in one batch.

#[test]
fn leaks_do_not_compile() {
    trybuild::TestCases::new().compile_fail("fail/*/*.rs");
}

#[test]
fn twins_compile() {
    trybuild::TestCases::new().pass("pass/*/*.rs");
}
