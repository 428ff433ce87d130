//! `elementkit bulk` and Ctrl-C: the job is parked, and continues where it stopped.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use brighttalk_sim::{Config, PageOver, Simulator};
use serde_json::json;

fn elementkit(folder: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("ELEMENTKIT_DATABASE", "test.db")
        .env("ELEMENTKIT_BRIGHTTALK_URL", url)
        .env("BRIGHTTALK_API_KEY", "1")
        .env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(folder: &Path, url: &str, arguments: &[&str]) -> String {
    let output = elementkit(folder, url, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(output.stderr));
    text(output.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_query_is_parked_and_resumed() {
    // The vendor rejects the page size, which the resuming process has to find out again, in the middle of a list.
    let config =
        Config { subscribers: 4000, channels: 1, page_max: 100, page_over: PageOver::Reject, ..Config::default() };
    let simulator = Simulator::start(config).await.unwrap();
    let (folder, url) = (tempfile::tempdir().unwrap(), simulator.url());
    tokio::task::spawn_blocking(move || {
        output(folder.path(), &url, &["connect", "brighttalk", "--keep-without-email"]);
        simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 200}})).unwrap();
        let query = ["bulk", "query", "select id from contacts", "--output", "out.csv"];
        let mut running = elementkit(folder.path(), &url, &query).spawn().unwrap();
        let mut said = BufReader::new(running.stderr.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let id = first.split_whitespace().nth(1).unwrap().to_owned();
        assert!(first.contains("has started"), "{first}");
        std::thread::sleep(Duration::from_millis(900));
        assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(130), "{rest}");
        assert!(rest.contains("is parked") && rest.contains(&format!("elementkit bulk resume {id}")), "{rest}");

        // No worker runs it, and reading its status changes nothing.
        let status = output(folder.path(), &url, &["bulk", "status", &id, "--json"]);
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        assert_eq!((&status["status"], &status["progress"]["phase"]), (&json!("RUNNING"), &json!("parked")));
        assert!(status["recordsCount"].as_u64().unwrap() < 4000);
        let listed = output(folder.path(), &url, &["bulk", "list"]);
        assert!(listed.lines().any(|line| line.contains(&id) && line.contains(" contacts ")), "{listed}");
        let early =
            elementkit(folder.path(), &url, &["bulk", "download", &id, "--output", "out.csv"]).output().unwrap();
        let said = String::from_utf8_lossy(&early.stderr);
        assert_eq!(early.status.code(), Some(4), "{said}");
        assert!(said.contains(&format!("Job {id} is RUNNING: its result is available when it has ended")), "{said}");
        simulator.clear_faults();
        let ended = output(folder.path(), &url, &["bulk", "resume", &id, "--output", "resumed.csv"]);
        assert!(ended.contains("COMPLETED: 4000 records"), "{ended}");
        assert_eq!(std::fs::read_to_string(folder.path().join("resumed.csv")).unwrap().lines().count(), 4001);
        // For a complete job, only the result must be written.
        output(folder.path(), &url, &["bulk", "resume", &id, "--output", "again.csv"]);
        assert_eq!(std::fs::read_to_string(folder.path().join("again.csv")).unwrap().lines().count(), 4001);
        output(folder.path(), &url, &["bulk", "download", &id, "--output", "out.parquet"]);
        let report = output(folder.path(), &url, &["bulk", "report", &id, "--json"]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(4000), &json!(0)));
        assert!(std::fs::metadata(folder.path().join("out.parquet")).unwrap().len() > 1000);

        // A link stays a link, and a pipe a pipe, with only the data in it.
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("old.csv"), "old").unwrap();
        std::os::unix::fs::symlink("old.csv", place("link.csv")).unwrap();
        let download = |to: &str| output(folder.path(), &url, &["bulk", "download", &id, "--output", to]);
        assert!(download("link.csv").contains("Wrote link.csv"));
        assert!(std::fs::symlink_metadata(place("link.csv")).unwrap().is_symlink());
        let whole = std::fs::read_to_string(place("old.csv")).unwrap();
        assert_eq!(whole.lines().count(), 4001);
        assert!(Command::new("mkfifo").arg(place("pipe.csv")).status().unwrap().success());
        let pipe = place("pipe.csv");
        let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
        assert_eq!(download("pipe.csv"), "");
        assert!(reader.join().unwrap() == whole);
        let demo = elementkit(folder.path(), &url, &["demo", "--output", "pipe.csv"]).output().unwrap();
        assert_eq!(demo.status.code(), Some(5), "{}", String::from_utf8_lossy(&demo.stderr));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_resumed_or_cancelled_after_its_worker_was_killed() {
    let simulator = Simulator::start(Config { subscribers: 4000, channels: 1, ..Config::default() }).await.unwrap();
    let (folder, url) = (tempfile::tempdir().unwrap(), simulator.url());
    tokio::task::spawn_blocking(move || {
        output(folder.path(), &url, &["connect", "brighttalk"]);
        simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 200}})).unwrap();
        let killed = || {
            let query = ["bulk", "query", "select id from contacts"];
            let mut running = elementkit(folder.path(), &url, &query).spawn().unwrap();
            let mut first = String::new();
            BufReader::new(running.stderr.take().unwrap()).read_line(&mut first).unwrap();
            std::thread::sleep(Duration::from_millis(500));
            running.kill().unwrap();
            running.wait().unwrap();
            first.split_whitespace().nth(1).unwrap().to_owned()
        };
        let ended = output(folder.path(), &url, &["bulk", "cancel", &killed(), "--json"]);
        let ended: serde_json::Value = serde_json::from_str(&ended).unwrap();
        assert_eq!(ended["status"], "CANCELLED");
        // The dead process holds its lease for a few more seconds, which the command waits out.
        let id = killed();
        simulator.clear_faults();
        let ended = output(folder.path(), &url, &["bulk", "resume", &id]);
        assert!(ended.contains("is COMPLETED"), "{ended}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_leaves_no_job_that_runs() {
    let simulator = Simulator::start(Config { subscribers: 4000, channels: 1, ..Config::default() }).await.unwrap();
    let (folder, url) = (tempfile::tempdir().unwrap(), simulator.url());
    tokio::task::spawn_blocking(move || {
        output(folder.path(), &url, &["connect", "brighttalk"]);
        simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 200}})).unwrap();
        let pull = ["sync", "contacts", "--state", "state", "--output", "contacts.csv"];
        let running = elementkit(folder.path(), &url, &pull).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{said}");
        assert!(said.contains("the next pull reads the same rows"), "{said}");
        let jobs = output(folder.path(), &url, &["bulk", "list", "--json"]);
        let jobs: serde_json::Value = serde_json::from_str(&jobs).unwrap();
        assert_eq!(jobs[0]["job_status"], "CANCELLED", "{jobs}");
        assert!(!folder.path().join("state").exists() && !folder.path().join("contacts.csv").exists());
    })
    .await
    .unwrap();
}
