//! Keys, copies, checks and erasure, as a user calls them.

use std::path::Path;
use std::process::{Command, Output};

use brighttalk_sim::{Config, Simulator};
use serde_json::Value;

struct User<'a> {
    folder: &'a Path,
    vendor: String,
}

impl User<'_> {
    async fn runs(&self, database: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
        command.current_dir(self.folder).args(arguments).env_remove("ELEMENTKIT_BASE_URL");
        command.env_remove("ELEMENTKIT_VAULT_KEY").env("ELEMENTKIT_DATABASE", database);
        command.env("ELEMENTKIT_BRIGHTTALK_URL", &self.vendor).stdin(std::process::Stdio::null());
        command.env("BRIGHTTALK_API_KEY", "1").env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn text(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.runs(database, arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_backed_up_restored_and_purged() {
    let simulator = Simulator::start(Config { subscribers: 50, channels: 2, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let user = User { folder: folder.path(), vendor: simulator.url() };
    let key = || std::fs::read_to_string(folder.path().join("first.db.key")).unwrap();
    user.text("first.db", &["connect", "brighttalk"]).await;
    user.text("first.db", &["bulk", "query", "select id from channels", "--output", "channels.csv"]).await;

    let old = key();
    assert!(user.text("first.db", &["vault", "rotate"]).await.contains("encrypted with a new key"));
    assert_ne!(key(), old);
    let checked: Value = serde_json::from_str(&user.text("first.db", &["check", "--json"]).await).unwrap();
    assert_eq!((checked["problems"].as_array().unwrap().len(), &checked["rows"]), (0, &Value::from(2)));

    assert!(user.text("first.db", &["backup", "copy", "--with-key"]).await.contains("and the vault key"));
    assert!(user.text("second.db", &["restore", "copy"]).await.contains("and checked it"));
    assert_eq!(user.text("second.db", &["records", "channels", "--json"]).await.lines().count(), 2);

    // Without confirmation nothing is deleted.
    let refused = user.runs("first.db", &["purge", "--all"]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--yes"));
    assert!(
        user.text("first.db", &["purge", "--all", "--yes"])
            .await
            .contains("Permanently deleted 1 instances and 1 bulk jobs")
    );
    assert_eq!(user.runs("first.db", &["records", "channels"]).await.status.code(), Some(4));

    // Damage is reported, with its own exit code.
    let segment = |name: &Path| name.extension().is_some_and(|ending| ending == "segment");
    let jobs = std::fs::read_dir(folder.path().join("second.db.bulk")).unwrap().map(|entry| entry.unwrap().path());
    let mut files = jobs.filter(|path| path.is_dir()).flat_map(|job| std::fs::read_dir(job).unwrap());
    let file = files.find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| segment(path))).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let damaged = user.runs("second.db", &["check"]).await;
    assert_eq!(damaged.status.code(), Some(8), "{}", String::from_utf8_lossy(&damaged.stdout));
    assert!(String::from_utf8_lossy(&damaged.stdout).contains("problem: bulk job"));
    assert_eq!(user.runs("none.db", &["check"]).await.status.code(), Some(8));
}

/// A missing keyring and one that never responds give an error with a remedy, in time, and no key is stored elsewhere.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_not_there_or_hangs_is_an_error_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let bus = folder.path().join("bus");
    let silent = std::os::unix::net::UnixListener::bind(&bus).unwrap();
    for (address, why) in [
        ("unix:path=/nonexistent/bus".to_owned(), "cannot be used"),
        (format!("unix:path={}", bus.display()), "did not respond within two seconds"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
        command.current_dir(folder.path()).args(["--keyring", "secrets"]).env("DBUS_SESSION_BUS_ADDRESS", &address);
        command.env_remove("ELEMENTKIT_VAULT_KEY").env_remove("ELEMENTKIT_BASE_URL").env_remove("ELEMENTKIT_DATABASE");
        let started = std::time::Instant::now();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let (took, said) = (started.elapsed(), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(8), "{said}");
        assert!(said.contains("keyring of the operating system") && said.contains(why), "{said}");
        assert!(said.contains("ELEMENTKIT_VAULT_KEY"), "{said}");
        assert!(took < std::time::Duration::from_secs(4), "{took:?}");
        assert!(!folder.path().join("elementkit.db.key").exists());
    }
    drop(silent);
}
