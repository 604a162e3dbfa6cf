//! `Subprocess`: the service as a child process, and `Log`: what it said.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;
use std::{env, io};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::event::Event;
use crate::fault::Fault;
use crate::way::Way;

pub(crate) type Output = Lines<BufReader<ChildStdout>>;

/// Is killed when dropped, so that an early end of the driver leaves no service behind.
pub(crate) struct Subprocess {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Subprocess {
    /// Starts the service and waits until it listens.
    pub(crate) async fn start(
        way: Way,
        db: &Path,
        partners: SocketAddr,
        seed: u64,
    ) -> Result<(Self, Output), Fault> {
        let executable = env::current_exe().map_err(Fault::Subprocess)?;
        let mut child = Command::new(executable)
            .args(["serve", "--way", way.name(), "--addr", "127.0.0.1:0"])
            .args(["--seed", &seed.to_string()])
            .args(["--partners", &partners.to_string()])
            .arg("--db")
            .arg(db)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Fault::Subprocess)?;
        let mut output = BufReader::new(child.stdout.take().ok_or(Fault::Silent)?).lines();
        let first = output.next_line().await.map_err(Fault::Subprocess)?;
        match first.as_deref().and_then(Event::parse) {
            Some(Event::Listening(addr)) => Ok((Self { child, addr }, output)),
            _ => Err(Fault::Silent),
        }
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) -> Result<(), Fault> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let pid = pid.ok_or_else(|| Fault::Subprocess(io::ErrorKind::NotFound.into()))?;
        kill_process(pid, Signal::TERM).map_err(|error| Fault::Subprocess(error.into()))
    }

    pub(crate) async fn exit(&mut self) -> Result<ExitStatus, Fault> {
        self.child.wait().await.map_err(Fault::Subprocess)
    }
}

#[derive(Default)]
pub(crate) struct Log {
    pub(crate) dropped_before: BTreeSet<u32>,
    pub(crate) dropped_after: BTreeSet<u32>,
    pub(crate) failures: Vec<String>,
    pub(crate) report: Vec<String>,
    /// `None` if the service did not come to say it.
    pub(crate) living: Option<usize>,
}

impl Log {
    /// Reads to the end of the output, which is the end of the service, and tells when that was.
    pub(crate) async fn read(mut output: Output) -> Result<(Self, Instant), Fault> {
        let mut log = Self::default();
        while let Some(line) = output.next_line().await.map_err(Fault::Subprocess)? {
            match Event::parse(&line) {
                Some(Event::DroppedBefore(order)) => {
                    log.dropped_before.insert(order);
                }
                Some(Event::DroppedAfter(order)) => {
                    log.dropped_after.insert(order);
                }
                Some(Event::Failure(failure)) => log.failures.push(failure),
                Some(Event::Report(line)) => log.report.push(line),
                Some(Event::Living(tasks)) => log.living = Some(tasks),
                Some(Event::Listening(_)) | None => {}
            }
        }
        Ok((log, Instant::now()))
    }
}
