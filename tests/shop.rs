//! The shop of `examples/` as a user runs it: no order is lost, and what it refuses it says in a line.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// Far more than a run takes.
const LIMIT: Duration = Duration::from_mins(3);

/// The program is built before any run, so that a run's time is its own.
static BUILT: LazyLock<()> = LazyLock::new(|| {
    let build = std::process::Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "foster-examples", "--example", "shop"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(build.expect("cargo runs").success(), "the shop can be built");
});

/// The shop with these arguments. On Unix `cargo run` becomes the program: so do its signals and code.
fn shop(arguments: &[&str]) -> Command {
    LazyLock::force(&BUILT);
    let mut shop = Command::new(env!("CARGO"));
    shop.args(["run", "--quiet", "--package", "foster-examples", "--example", "shop", "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    shop
}

async fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = timeout(LIMIT, shop(arguments).output()).await;
    let Output { status, stdout, stderr } = run.expect("the shop ends").expect("the shop starts");
    let text = |bytes| String::from_utf8(bytes).expect("the shop writes text");
    (status.code(), text(stdout), text(stderr))
}

/// The numbers in the row of `what`: one for each way that was run.
fn row(stdout: &str, what: &str) -> Vec<usize> {
    let line = stdout.lines().find(|line| line.contains(what));
    let cells = line.and_then(|line| line.split_once(what)).map(|(_, cells)| cells);
    let numbers =
        cells.and_then(|cells| cells.split_whitespace().map(|n| n.parse().ok()).collect());
    numbers.unwrap_or_else(|| panic!("no `{what}` in:\n{stdout}"))
}

/// The number in the row of `what`, where only one way was run.
fn count(stdout: &str, what: &str) -> usize {
    let row = row(stdout, what);
    assert_eq!(row.len(), 1, "{stdout}");
    row[0]
}

/// Customers hang up, dependencies fail, and the service is told to end half-way: from the outside
/// nothing that was charged is missing, every order has its mail, and every viewer is told.
#[tokio::test]
async fn no_order_is_lost_whoever_hangs_up() {
    let (code, stdout, stderr) = run(&["--way", "foster", "--orders", "120", "--seed", "7"]).await;
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    for lost in [
        "charged but not recorded",
        "acknowledged but not recorded",
        "recorded but no mail sent",
        "mail sent but not marked",
        "charged twice",
        "mails taken twice",
        "were cut off",
        "tasks left",
        "exit code",
    ] {
        assert_eq!(count(&stdout, lost), 0, "{lost}: {stdout}");
    }
    let charged = count(&stdout, "bank      charged");
    assert_eq!(charged, count(&stdout, "database  recorded"), "{stdout}");
    assert_eq!(charged, count(&stdout, "mails taken  "), "{stdout}");
    assert!(count(&stdout, "acknowledged  ") > 0, "{stdout}");
    assert!(count(&stdout, "dropped after the charge") > 0, "no shield was put to the test");
    assert!(count(&stdout, "saw orders and signs of life") > 0, "nobody watched");
    assert!(count(&stdout, "were told goodbye") >= 4, "{stdout}");
    assert!(stdout.contains("0 forced, 0 abandoned"), "{stdout}");
}

/// The same day for all three ways. What the rivals lose is shown, and is not this run's failure.
#[tokio::test]
async fn the_ways_are_shown_side_by_side_and_only_fosters_losses_fail_the_run() {
    let (code, stdout, stderr) = run(&["--orders", "60", "--seed", "3"]).await;
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let header = stdout.lines().nth(1).expect("the table has a header");
    let ways: Vec<&str> = header.split_whitespace().collect();
    assert_eq!(ways, ["foster", "usual", "careful"], "{stdout}");
    assert!(row(&stdout, "acknowledged  ").iter().all(|&orders| orders > 0), "{stdout}");
    assert_eq!(row(&stdout, "charged but not recorded")[0], 0, "{stdout}");
    assert_eq!(row(&stdout, "were cut off")[0], 0, "{stdout}");
    // Nobody in the usual way tells the viewers, and nobody waits for what serves them.
    assert!(row(&stdout, "were cut off")[1] > 0, "{stdout}");
    assert!(row(&stdout, "tasks left")[1] > 0, "{stdout}");
    let lines =
        row(&stdout, "lines of handlers").into_iter().zip(row(&stdout, "lines of lifecycle"));
    for (way, (handlers, lifecycle)) in ways.iter().zip(lines) {
        assert_eq!(handlers + lifecycle, lines_of_code(way), "{way} is not counted as it is");
    }
}

/// Of all files of a way, on the disk.
fn lines_of_code(way: &str) -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/shop");
    let files = std::fs::read_dir(Path::new(folder).join(way)).expect("a way has a folder");
    let text = files.map(|file| std::fs::read_to_string(file.expect("it is there").path()));
    text.map(|text| {
        let text = text.expect("a source file is text");
        let lines = text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
    })
    .sum()
}

/// The exit code and the lines of a service that gets SIGTERM as soon as it listens.
async fn run_until_sigterm(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let mut service = shop(arguments).spawn();
    let service = service.as_mut().expect("the shop starts");
    let mut lines = BufReader::new(service.stdout.take().expect("it is piped")).lines();
    let mut said = Vec::new();
    let ended = timeout(LIMIT, async {
        while let Some(line) = lines.next_line().await.expect("the shop writes text") {
            if line.starts_with("listening on 127.0.0.1:") {
                let pid = service.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
                kill_process(pid.expect("it runs"), Signal::TERM).expect("it can be told to end");
            }
            said.push(line);
        }
        service.wait().await.expect("it can be waited for")
    });
    let ended = ended.await.unwrap_or_else(|_| panic!("the service does not end"));
    assert!(said.iter().any(|line| line.starts_with("listening on ")), "{said:?}");
    (ended.code(), said)
}

#[tokio::test]
async fn the_service_alone_ends_with_its_report_on_sigterm() {
    let db = concat!(env!("CARGO_TARGET_TMPDIR"), "/served.db");
    let (code, said) = run_until_sigterm(&["serve", "--db", db, "--addr", "127.0.0.1:0"]).await;
    assert_eq!(code, Some(0), "{said:?}");
    let report = said.iter().find(|line| line.starts_with("report: ")).expect("it reports");
    assert!(report.contains("0 forced, 0 abandoned"), "{report}");
    assert!(said.contains(&"living tasks: 0".to_owned()), "{said:?}");
}

#[tokio::test]
async fn a_rival_alone_ends_on_sigterm_too() {
    for way in ["usual", "careful"] {
        let db = format!("{}/{way}.db", env!("CARGO_TARGET_TMPDIR"));
        let arguments = ["serve", "--way", way, "--db", &db, "--addr", "127.0.0.1:0"];
        let (code, said) = run_until_sigterm(&arguments).await;
        assert_eq!(code, Some(0), "{way}: {said:?}");
        assert!(said.iter().any(|line| line.starts_with("living tasks: ")), "{way}: {said:?}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_one_line_and_exits_with_1() {
    let db = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml/shop.db"); // below a file
    let (code, stdout, stderr) = run(&["serve", "--db", db, "--addr", "127.0.0.1:0"]).await;
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("Error: cannot open the database"), "{stderr}");
    assert!(stderr.contains(db), "{stderr}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_line_and_exits_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = taken.local_addr().expect("it has an address").to_string();
    let db = concat!(env!("CARGO_TARGET_TMPDIR"), "/taken.db");
    let (code, stdout, stderr) = run(&["serve", "--db", db, "--addr", &addr]).await;
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with(&format!("Error: cannot listen on {addr}")), "{stderr}");
}

#[tokio::test]
async fn a_bad_argument_is_one_line_with_the_usage_and_exits_with_2() {
    for bad in [
        &["--orders", "many"][..],
        &["--orders", "0"],
        &["--colour"],
        &["--way", "best"],
        &["serve"],
        &["serve", "--db", "shop.db", "--addr", "here"],
        &["serve", "--db", "shop.db", "--way", "best"],
    ] {
        let (code, stdout, stderr) = run(bad).await;
        assert_eq!(code, Some(2), "{bad:?}: {stdout}{stderr}");
        assert_eq!((stdout.as_str(), stderr.lines().count()), ("", 1), "{bad:?}: {stderr}");
        assert!(stderr.starts_with("shop: ") && stderr.contains("usage: "), "{bad:?}: {stderr}");
    }
}
