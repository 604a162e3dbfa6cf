//! Macros of foster.
