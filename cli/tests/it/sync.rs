//! `elementkit sync` and `elementkit request`, as a user calls them.

use std::path::Path;
use std::process::{Command, Output};

use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

struct User<'a> {
    folder: &'a Path,
    vendor: String,
}

impl User<'_> {
    async fn runs(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
        command.current_dir(self.folder).args(arguments).env_remove("ELEMENTKIT_BASE_URL");
        command.env("ELEMENTKIT_DATABASE", "test.db").env("ELEMENTKIT_BRIGHTTALK_URL", &self.vendor);
        command.env("BRIGHTTALK_API_KEY", "1").env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn text(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments).await).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_advances_only_after_its_rows_are_written() {
    let simulator = Simulator::start(Config { subscribers: 200, channels: 2, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path(), |name: &str| folder.path().join(name));
    let user = User { folder: path, vendor: simulator.url() };
    user.text(&["connect", "brighttalk"]).await;
    // Connecting again returns the same instance, so the following commands need no `--instance`.
    user.text(&["connect", "brighttalk", "--keep-without-email"]).await;

    // The header has the requested fields in order, whatever the records contain.
    let csv =
        async |more: &[&str]| user.text(&[&["records", "contacts", "--csv", "--limit", "3"], more].concat()).await;
    let named = csv(&["--fields", "phone,id"]).await;
    assert_eq!((named.lines().next(), named.lines().count()), (Some("phone,id"), 4), "{named}");
    assert_eq!(csv(&["--fields", "phone,id", "--since", "2099-01-01"]).await, "phone,id\n");
    let whole = csv(&["--since", "2099-01-01"]).await;
    assert!(whole.starts_with("id,") && whole.contains(",email,") && whole.lines().count() == 1, "{whole}");

    let pull = ["sync", "contacts", "--state", "contacts.state", "--output", "contacts.csv", "--json"];
    let first = user.json(&pull).await;
    assert_eq!(first["records"], 200);
    let rows = |name: &str| std::fs::read_to_string(file(name)).unwrap().lines().count() - 1;
    assert_eq!(rows("contacts.csv"), 200);
    let state = std::fs::read_to_string(file("contacts.state")).unwrap();
    assert_eq!(Value::from(state.trim_end()), first["state"]);

    simulator.advance(&json!({"seconds": 3600, "new_subscribers": 7, "unsubscribes": 2, "updates": 0})).unwrap();
    // If rows cannot be written, the state is unchanged; errors that can be known early are reported before a job
    // starts.
    for (place, jobs) in [("missing/x.csv", 1), (".", 1), ("/dev/full", 2)] {
        let options = ["--state", "contacts.state", "--format", "csv", "--output", place];
        let failed = user.runs(&[&["sync", "contacts"], &options[..]].concat()).await;
        assert_eq!(failed.status.code(), Some(8), "{place}: {}", String::from_utf8_lossy(&failed.stderr));
        assert_eq!(std::fs::read_to_string(file("contacts.state")).unwrap(), state);
        assert_eq!(user.json(&["bulk", "list", "--json"]).await.as_array().unwrap().len(), jobs, "{place}");
    }

    let second = user.json(&pull).await;
    assert_eq!((&second["records"], rows("contacts.csv")), (&json!(9), 9));
    assert_ne!(second["state"], first["state"]);

    // Errors are reported before anything is changed.
    for wrong in [
        &["sync", "channels", "--state", "contacts.state", "--output", "x.csv"][..],
        &["sync", "contacts", "--state", "contacts.csv", "--output", "x.csv"],
        &["sync", "contacts", "--state", "x.csv", "--output", "x.csv"],
        &["sync", "contacts", "--state", "new.state", "--output", "x.what"],
    ] {
        assert_eq!(user.runs(wrong).await.status.code(), Some(5), "{wrong:?}");
        assert!(!file("x.csv").exists() && !file("new.state").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_partitions_are_reported_and_read_by_the_next_pull() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 2, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path(), |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap());
    let user = User { folder: path, vendor: simulator.url() };
    user.text(&["connect", "brighttalk", "--keep-without-email"]).await;
    let refuse = || {
        let fault = json!({"type": "status", "status": 403, "code": "NotAuthorisedForChannel"});
        simulator.add_faults(&json!({"match": {"path": "*/1002/subscribers"}, "fault": fault})).unwrap();
    };
    refuse();
    let pull = ["sync", "contacts", "--state", "s", "--output", "rows.csv", "--json"];
    let first = user.runs(&pull).await;
    let said = String::from_utf8_lossy(&first.stderr);
    assert_eq!(first.status.code(), Some(9), "{said}");
    assert!(said.contains("channel 1002: not allowed (NotAuthorisedForChannel"), "{said}");
    // The available rows, and the state, are written nevertheless.
    let answer: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!((&answer["records"], &answer["pending"][0]["partition"]), (&json!(10), &json!("1002")));
    assert_eq!((file("rows.csv").lines().count(), file("s").trim_end()), (11, answer["state"].as_str().unwrap()));

    simulator.clear_faults();
    simulator.advance(&json!({"seconds": 3600})).unwrap();
    let second = user.json(&pull).await;
    assert_eq!(second["pending"], json!([]));
    // Pulls overlap, so a row of the other channel may be repeated.
    let of_refused = || file("rows.csv").lines().filter(|line| line.contains(",1002,")).count();
    assert_eq!(of_refused(), 10);

    // Pending partitions can be skipped.
    refuse();
    user.text(&["sync", "contacts", "--state", "t", "--output", "rows.csv", "--skip-pending"]).await;
    simulator.clear_faults();
    user.text(&["sync", "contacts", "--state", "t", "--output", "rows.csv"]).await;
    assert!(of_refused() < 3, "{}", file("rows.csv"));

    // A selection has its own state.
    let some = ["--channel", "1001", "--where", "subscribed = true", "--fields", "id,channelId"];
    let pull = |state| [&["sync", "contacts", "--state", state, "--output", "rows.csv"], &some[..]].concat();
    user.text(&pull("u")).await;
    assert!(file("rows.csv").lines().skip(1).all(|line| line.ends_with(",1001")), "{}", file("rows.csv"));
    assert_eq!(user.runs(&pull("s")).await.status.code(), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_call_can_be_made() {
    let simulator = Simulator::start(Config { subscribers: 10, channels: 2, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let user = User { folder: folder.path(), vendor: simulator.url() };
    user.text(&["connect", "brighttalk", "--name", "mine"]).await;

    assert_eq!(
        user.json(&["request", "get", "/instances", "-q", "searchText=mine"]).await.as_array().unwrap().len(),
        1
    );
    let channels = user.json(&["request", "GET", "channels?fields=id", "--element", "-q", "pageSize=1"]).await;
    assert_eq!(channels, json!([{"id": 1002}]));
    let definition = r#"{"fields":[{"path":"id","type":"number"}]}"#;
    std::fs::write(folder.path().join("shape.json"), definition).unwrap();
    let path = "organizations/objects/people/definitions";
    let made = user.json(&["request", "POST", path, "--body", "@shape.json"]).await;
    assert_eq!(made["fields"][0]["path"], "id");
    assert_eq!(user.runs(&["request", "POST", path, "--body", definition]).await.status.code(), Some(5));
    assert_eq!(user.runs(&["request", "GET", "instances/9"]).await.status.code(), Some(4));
    assert_eq!(user.runs(&["request", "G T", "instances"]).await.status.code(), Some(5));
}
