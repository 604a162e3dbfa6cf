//! Structured concurrency for tokio.
