//! `Fault`: what ends a run, in one line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use foster::Interrupted;
use thiserror::Error;
use tokio::task::JoinError;

#[derive(Error)]
pub(crate) enum Fault {
    #[error("cannot open the database `{}`: {reason}", .path.display())]
    Database { path: PathBuf, reason: rusqlite::Error },
    #[error("cannot read the database: {0}")]
    Read(#[from] rusqlite::Error),
    #[error("cannot listen on {addr}: {reason}")]
    Port { addr: SocketAddr, reason: io::Error },
    #[error("cannot listen for SIGTERM: {0}")]
    Signal(io::Error),
    #[error("cannot serve: {0}")]
    Serve(io::Error),
    #[error("the server ended early: {0}")]
    Task(JoinError),
    #[error("cannot make a folder for the database: {0}")]
    Folder(io::Error),
    #[error("cannot run the service as a child process: {0}")]
    Subprocess(io::Error),
    #[error("the service did not say where it listens")]
    Silent,
    #[error("the shutdown was not clean, see its report")]
    Unclean,
    #[error("the run was not over in its time: {0}")]
    Time(#[from] Interrupted),
    #[error("stopped before the run was over")]
    Stopped,
    #[error("{0}")]
    Verdict(String),
}

/// As `Display`: `main` prints its error with `Debug`, and a reader wants the sentence.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
