//! A process that the system gives nothing.

use std::path::PathBuf;
use std::{env, fs, process};

use rustix::process::getuid;
use tokio::process::Command;

use super::program::{Ended, Program};

#[track_caller]
fn is_refused(ended: &Ended) {
    ended.expect_code(1);
    ended.expect_error("Error: the runtime could not be started: ");
    assert!(ended.said.is_empty(), "the body has run: {:?}", ended.said);
}

#[tokio::test]
async fn without_descriptors_it_says_so_and_exits_with_1() {
    for limit in 4..9 {
        for way in ["chooses", "forces"] {
            let mut command = Command::new("sh");
            let script = format!("ulimit -n {limit}; exec \"$0\" \"$1\"");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_endings"), way]);
            let ended = Program::spawn(way, &mut command).end().await;
            is_refused(&ended);
        }
    }
}

/// The program where any user may run it.
struct Copy(PathBuf);

impl Copy {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("foster-endings-{}", process::id()));
        fs::copy(env!("CARGO_BIN_EXE_endings"), &path).expect("it can be copied");
        Self(path)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap_or_default();
    }
}

/// No limit binds root: there the program runs as a user who has no other process.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_threads_it_says_so_and_exits_with_1() {
    let copy = Copy::new();
    for threads in 1..3 {
        for way in ["joins", "fails"] {
            let mut command = Command::new("prlimit");
            command.arg(format!("--nproc={threads}"));
            if getuid().is_root() {
                command.args(["setpriv", "--reuid=63999", "--clear-groups"]);
            }
            let ended = Program::spawn(way, command.arg(&copy.0).arg(way)).end().await;
            // With two there is one for the watchdog, and none for a second worker.
            if threads == 1 || way == "joins" {
                is_refused(&ended);
            } else {
                ended.expect_code(1);
            }
        }
    }
}
