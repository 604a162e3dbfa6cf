//! A run of `endings`.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Far more than any of the programs takes.
const LIMIT: Duration = Duration::from_secs(30);

/// A run of `endings`; killed when dropped, so that a failed test leaves nothing behind.
pub(super) struct Program {
    way: String,
    child: Child,
    /// Open for as long as this is.
    _stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    /// `None` where nobody reads it.
    stderr: Option<ChildStderr>,
    said: Vec<String>,
}

/// What a run left.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) said: Vec<String>,
    pub(super) stderr: String,
}

impl Ended {
    #[track_caller]
    pub(super) fn expect_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{:?} {}", self.said, self.stderr);
    }

    #[track_caller]
    pub(super) fn expect_error(&self, text: &str) {
        assert!(self.stderr.contains(text), "no `{text}`: {}", self.stderr);
    }
}

impl Program {
    pub(super) fn start(way: &str) -> Self {
        Self::spawn(way, Command::new(env!("CARGO_BIN_EXE_endings")).arg(way))
    }

    /// With a standard error of which nothing is read here.
    pub(super) fn start_with_stderr(way: &str, stderr: impl Into<Stdio>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_endings"));
        Self::spawn_with_stderr(way, command.arg(way), stderr)
    }

    /// Runs a command that becomes the program.
    pub(super) fn spawn(way: &str, command: &mut Command) -> Self {
        Self::spawn_with_stderr(way, command, Stdio::piped())
    }

    fn spawn_with_stderr(way: &str, command: &mut Command, stderr: impl Into<Stdio>) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .expect("`endings` starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        Self {
            way: way.to_owned(),
            _stdin: child.stdin.take(),
            stdout: BufReader::new(stdout).lines(),
            stderr: child.stderr.take(),
            child,
            said: Vec::new(),
        }
    }

    /// Waits until the program has said `line`.
    pub(super) async fn says(&mut self, line: &str) {
        while self.said.last().is_none_or(|last| last != line) {
            let next = timeout(LIMIT, self.stdout.next_line()).await;
            let next = next.unwrap_or_else(|_| panic!("`{}` never said `{line}`", self.way));
            let next = next.expect("stdout is text");
            self.said.push(next.unwrap_or_else(|| panic!("`{}` ended before `{line}`", self.way)));
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        kill_process(pid.expect("the program runs"), signal).expect("the signal is sent");
    }

    /// Asks the program to end once it is ready, and waits for that.
    pub(super) async fn end_when_ready(mut self) -> Ended {
        self.says("ready").await;
        self.signal(Signal::TERM);
        self.end().await
    }

    pub(super) async fn end(mut self) -> Ended {
        let way = self.way;
        timeout(LIMIT, async move {
            let mut stderr = String::new();
            if let Some(mut pipe) = self.stderr.take() {
                pipe.read_to_string(&mut stderr).await.expect("stderr is text");
            }
            while let Some(line) = self.stdout.next_line().await.expect("stdout is text") {
                self.said.push(line);
            }
            let status = self.child.wait().await.expect("the program can be waited for");
            Ended { code: status.code(), said: self.said, stderr }
        })
        .await
        .unwrap_or_else(|_| panic!("`{way}` did not end"))
    }
}
