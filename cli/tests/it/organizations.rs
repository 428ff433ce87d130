//! `elementkit organizations`: a second organization gets its own secrets, and is isolated from the first.

use std::path::Path;
use std::process::Command;

use brighttalk_sim::{Config, Simulator};
use serde_json::Value;

fn elementkit(folder: &Path, url: &str, arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_elementkit"))
        .args(arguments)
        .current_dir(folder)
        .env("ELEMENTKIT_DATABASE", "test.db")
        .env("ELEMENTKIT_BRIGHTTALK_URL", url)
        .env("BRIGHTTALK_API_KEY", "1")
        .env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF")
        .output()
        .unwrap()
}

fn json(folder: &Path, url: &str, arguments: &[&str]) -> Value {
    let output = elementkit(folder, url, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_organization_is_made_and_listed() {
    let simulator = Simulator::start(Config { subscribers: 10, channels: 1, ..Config::default() }).await.unwrap();
    let (folder, url) = (tempfile::tempdir().unwrap(), simulator.url());
    tokio::task::spawn_blocking(move || {
        let folder = folder.path();
        let first = json(folder, &url, &["secrets", "--json"]);
        json(folder, &url, &["connect", "brighttalk", "--json"]);
        let made = json(folder, &url, &["organizations", "create", "--name", "Acme", "--json"]);
        let secret = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        assert_eq!((secret(&made, "userSecret").len(), secret(&made, "organizationSecret").len()), (44, 32));
        assert_ne!(made["userSecret"], first["userSecret"]);
        let listed = json(folder, &url, &["organizations", "list", "--json"]);
        assert_eq!(listed[1]["name"], "Acme");
        assert_eq!(listed[1]["id"], made["id"]);
        assert!(!listed.to_string().contains(&secret(&made, "userSecret")));
        // Commands still use the first user.
        assert_eq!(json(folder, &url, &["secrets", "--json"]), first);
        let blank = elementkit(folder, &url, &["organizations", "create", "--name", " "]);
        assert_eq!(blank.status.code(), Some(5));
        assert!(String::from_utf8_lossy(&blank.stderr).contains("1 to 255 characters"));
        let plain = elementkit(folder, &url, &["organizations", "create", "--name", "Beta"]);
        assert!(String::from_utf8_lossy(&plain.stdout).contains("organization secret"));
    })
    .await
    .unwrap();
}
