//! `elementkit doctor`, and completions.

use brighttalk_sim::{Config, Simulator};
use serde_json::Value;

use crate::support::World;

/// Returns the findings of a check.
fn found(report: &Value, check: &str) -> Vec<(String, String)> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let all = report["checks"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    all.map(|finding| (text(finding, "verdict"), text(finding, "text"))).collect()
}

fn report(world: &World, code: i32, more: &[&str]) -> Value {
    let ended = world.run(&[&["doctor", "--json"], more].concat());
    assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
    serde_json::from_str(&ended.out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reports_what_is_wrong_and_no_secrets() {
    let simulator = Simulator::start(Config { subscribers: 3, channels: 1, ..Config::default() }).await.unwrap();
    tokio::task::spawn_blocking(move || {
        let world = World::new(simulator.url());
        // Nothing is there yet, and nothing is created.
        let first = report(&world, 0, &[]);
        assert_eq!(found(&first, "database")[0].0, "note");
        assert_eq!(found(&first, "network")[0].0, "ok");
        assert!(!world.path("test.db").exists());

        world.text(&["connect", "brighttalk", "--name", "private name"]);
        let healthy = report(&world, 0, &[]);
        assert_eq!(found(&healthy, "vendor").len(), 1, "{healthy}");
        assert!(found(&healthy, "database").iter().any(|(_, text)| text.contains("opens with its key; instances: 1")));
        let shown = world.text(&["doctor"]);
        for secret in ["0123456789ABCDEF", "private name", "@example"] {
            assert!(!shown.contains(secret) && !healthy.to_string().contains(secret), "{shown}");
        }
        assert!(found(&report(&world, 0, &["--offline"]), "vendor").is_empty());

        // A misspelt variable, a vault key that is none, a vendor that cannot be reached.
        let mut command = world.command(&["doctor", "--json", "--brighttalk-url", "http://127.0.0.1:9"]);
        command.env("ELEMENTKIT_DATABSE", "x").env("ELEMENTKIT_VAULT_KEY", "hush");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let sick: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(found(&sick, "environment").iter().any(|(_, text)| text.contains("ELEMENTKIT_DATABSE")), "{sick}");
        assert_eq!(found(&sick, "vault key")[0].0, "problem", "{sick}");
        assert_eq!(found(&sick, "network")[0].0, "problem");
        assert!(found(&sick, "database").iter().any(|(verdict, _)| verdict == "problem"));
        assert!(!sick.to_string().contains("hush"));

        // Credentials that the vendor no longer accepts.
        simulator
            .add_faults(&serde_json::json!({"match": {"path": "*"}, "fault": {"type": "status", "status": 401}}))
            .unwrap();
        let refused = report(&world, 1, &[]);
        assert_eq!(found(&refused, "vendor")[0].0, "problem", "{refused}");
        assert!(found(&refused, "vendor")[0].1.contains("authentication"), "{refused}");
    })
    .await
    .unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn shells_complete_what_the_platform_has() {
    let simulator = Simulator::start(Config { subscribers: 3, channels: 1, ..Config::default() }).await.unwrap();
    tokio::task::spawn_blocking(move || {
        let world = World::new(simulator.url());
        let complete = |words: &[&str]| {
            let mut command = world.command(&[&["--", "elementkit"], words].concat());
            // As the script of fish calls it: the last word is the one to complete.
            let output = command.env("ELEMENTKIT_COMPLETE", "fish").output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(complete(&["rec"]).contains("records"));
        // Without a database there is nothing to complete, and none is created.
        assert!(!complete(&["records", "chan"]).contains("channels") && !world.path("test.db").exists());
        world.text(&["connect", "brighttalk", "--name", "emea"]);
        assert!(complete(&["records", "chan"]).contains("channels"), "{}", complete(&["records", "chan"]));
        assert!(complete(&["instances", "get", "4"]).contains("400001\temea (brighttalk)"));
        assert!(complete(&["records", "contacts", "--instance", ""]).contains("400001"));
        world.text(&["connect", "brighttalk", "--name", "x\u{1b}]0;owned\u{7}"]);
        assert!(complete(&["instances", "get", "4"]).contains("x\\x1b]0;owned\\x07"));
        assert!(complete(&["elements", "export", "br"]).contains("brighttalk"));
        assert!(!complete(&["backup", "--"]).contains("--base-url"));
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            assert!(world.text(&["completions", shell]).contains("ELEMENTKIT_COMPLETE"));
        }
    })
    .await
    .unwrap();
}
