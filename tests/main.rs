//! The behaviour tests of foster: each states a promise, and the files are its areas. The rules that
//! comments cite (R1 to R13) are those of `docs/semantics.md`.

mod ambient;
mod bad_input;
mod bequest;
mod bequest_failures;
mod blocking;
mod bounds;
mod bounds_precedence;
mod cancel;
mod cancel_children;
mod cancel_children_waits;
mod cancel_from_within;
mod deep;
mod drop_order;
mod drops;
mod entry;
mod forget;
mod handle;
mod interleave;
mod ladder;
mod later_errors;
mod nesting;
mod panic;
mod panic_in_destructors;
mod races;
mod root;
mod scope;
mod shield;
mod shop;
mod soundness;
mod spawner;
mod stress;
mod supervisor;
mod support;
mod swap;
mod try_scope;
