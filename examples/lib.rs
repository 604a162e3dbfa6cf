//! Holds the runnable programs of foster; see `README.md`.
