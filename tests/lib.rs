//! Holds the behaviour tests of foster, in `main.rs`.
