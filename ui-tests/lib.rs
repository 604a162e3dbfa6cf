//! Holds programs that must not compile, and their twins that must, in `ui.rs`.
