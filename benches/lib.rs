//! Measures foster beside its peers; see `README.md`.
