//! Standard error and subscribers that fail, or that nobody reads.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::thread;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::pipe;
use tokio::process::Command;

use super::program::{Ended, Program};

/// Every way to end, on a standard error that is made anew for each.
async fn end_with(stderr: impl Fn() -> OwnedFd) {
    for (way, code) in [("fails", 1), ("panics", 101), ("fails-and-forces", 70)] {
        Program::start_with_stderr(way, stderr()).end().await.expect_code(code);
    }
    for (way, code) in [("drains", 0), ("is-cancelled", 69), ("forces", 70), ("is-stuck", 70)] {
        ended_when_ready(way, stderr()).await.expect_code(code);
    }
}

async fn ended_when_ready(way: &str, stderr: OwnedFd) -> Ended {
    Program::start_with_stderr(way, stderr).end_when_ready().await
}

#[tokio::test]
async fn a_dead_standard_error_changes_no_exit_code() {
    end_with(|| pipe().expect("there is a pipe").1).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_standard_error_on_a_full_disk_changes_no_exit_code() {
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("Linux has it").into();
    end_with(full).await;
}

/// Nobody reads it, and there is no room for a byte. What std itself prints of a panic would wait for
/// ever, so no program panics here.
#[tokio::test]
async fn a_standard_error_that_nobody_reads_changes_no_exit_code() {
    let (_reader, writer) = full_pipe();
    let stderr = || -> OwnedFd { writer.try_clone().expect("it can be shared").into() };
    for (way, code) in [("fails", 1), ("fails-and-forces", 70)] {
        Program::start_with_stderr(way, stderr()).end().await.expect_code(code);
    }
    for (way, code) in [("is-cancelled", 69), ("forces", 70), ("is-stuck", 70)] {
        ended_when_ready(way, stderr()).await.expect_code(code);
    }
}

#[tokio::test]
async fn a_slow_reader_of_standard_error_changes_no_exit_code() {
    end_with(|| {
        let (reader, writer) = full_pipe();
        thread::spawn(move || {
            let mut reader = reader;
            let mut byte = [0];
            while reader.read(&mut byte).is_ok_and(|read| read > 0) {
                thread::yield_now();
            }
        });
        writer.into()
    })
    .await;
}

#[tokio::test]
async fn a_closed_standard_error_changes_no_exit_code() {
    for (way, code) in [("drains", 0), ("is-cancelled", 69), ("forces", 70), ("is-stuck", 70)] {
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$1\" 2>&-", env!("CARGO_BIN_EXE_endings"), way]);
        Program::spawn(way, &mut command).end_when_ready().await.expect_code(code);
    }
}

/// A pipe that no byte fits in any more.
fn full_pipe() -> (File, File) {
    let (reader, writer) = pipe().expect("there is a pipe");
    let (reader, mut writer) = (File::from(reader), File::from(writer));
    let flags = fcntl_getfl(&writer).expect("it has flags");
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).expect("they can be set");
    for size in [4096, 1] {
        while writer.write(&vec![b'.'; size]).is_ok() {}
    }
    fcntl_setfl(&writer, flags).expect("they can be set");
    (reader, writer)
}

#[tokio::test]
async fn a_subscriber_that_panics_costs_neither_the_grace_nor_a_shield() {
    let ended = Program::start("has-a-subscriber-that-panics").end_when_ready().await;
    ended.expect_code(0);
    assert_eq!(ended.said, ["ready", "the payment is written", "the task has ended"]);
}

#[tokio::test]
async fn a_subscriber_that_blocks_does_not_hold_the_watchdog() {
    let ended = Program::start("is-stuck-with-a-subscriber-that-blocks").end_when_ready().await;
    ended.expect_code(70);
    ended.expect_error("\n  abandoned: ");
}
