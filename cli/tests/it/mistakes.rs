//! Common mistakes at the command line: they are reported, and leave nothing behind.

use std::path::Path;
use std::process::{Command, Output};

use brighttalk_sim::{Config, Simulator};

struct User<'a> {
    folder: &'a Path,
    vendor: &'a str,
}

impl User<'_> {
    /// Returns the exit code and the text on standard error.
    fn runs(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.command(arguments).output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
        command
            .current_dir(self.folder)
            .args(arguments)
            .env("ELEMENTKIT_DATABASE", "test.db")
            .env("ELEMENTKIT_BRIGHTTALK_URL", self.vendor)
            .env("BRIGHTTALK_API_KEY", "1")
            .env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF")
            // A variable that is set to nothing counts as unset.
            .envs(["ELEMENTKIT_BASE_URL", "ELEMENTKIT_INSTANCE", "ELEMENTKIT_KEYRING"].map(|name| (name, "")));
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_reported_with_exit_code_and_hint() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let (folder, vendor) = (tempfile::tempdir().unwrap(), simulator.url());
    tokio::task::spawn_blocking(move || {
        let user = User { folder: folder.path(), vendor: &vendor };
        let says = |code: i32, arguments: &[&str], parts: &[&str]| {
            let (ended, said) = user.runs(arguments);
            assert_eq!(ended, Some(code), "{arguments:?}: {said}");
            parts.iter().for_each(|part| assert!(said.contains(part), "{arguments:?}: {said}"));
            assert!(!said.contains('\u{1b}'), "colours into a pipe: {said}");
        };

        // Reading creates nothing.
        for reads in [&["records", "contacts"][..], &["bulk", "list"], &["objects"], &["instances", "list"]] {
            says(4, reads, &["there is no database test.db", "elementkit connect brighttalk"]);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        says(0, &["connect", "brighttalk"], &[]);
        // A name or a date that nothing can match is no error, but certainly a mistake.
        let unknown = "Warning: contacts has no field emial (did you mean email?)\n";
        says(0, &["records", "contacts", "--csv", "--fields", "id,emial"], &[unknown]);
        says(0, &["records", "contacts", "--where", "emial like '%@example.com'"], &[unknown]);
        let no_date = "Warning: lastUpdated is a date, but 'yesterday' is not";
        says(0, &["records", "contacts", "--where", "lastUpdated > 'yesterday'"], &[no_date]);
        says(5, &["records", "contacts", "--since", "yesterday"], &["since must be a date"]);
        let query = ["bulk", "query", "select id, emial from contacts", "--from", "2026-02-01", "--to", "2026-01-01"];
        says(0, &query, &[unknown, "from is later than to"]);
        let denied = |rest: &[&'static str]| [&["--warnings", "deny"], rest].concat();
        says(
            5,
            &denied(&["records", "contacts", "--csv", "--fields", "id,emial"]),
            &["error", "emial (did you mean email?)"],
        );
        says(5, &denied(&query), &["emial (did you mean email?)"]);
        let ignored = ["--warnings", "ignore", "records", "contacts", "--csv", "--fields", "id,emial"];
        assert_eq!(user.runs(&ignored), (Some(0), String::new()));
        says(2, &["--warnings", "no", "objects"], &["Use report, deny or ignore"]);
        // The position refers to the condition as it was given.
        says(5, &["records", "contacts", "--where", "id in"], &["found the end at line 1, column 6"]);

        // The excerpt of a statement keeps its lines, indented, so that the mark is below the word.
        let twice = ["bulk", "query", "select id, id from contacts"];
        says(5, &twice, &["column 12\n  select id, id from contacts\n             ^"]);
        says(4, &["records", "contactz"], &["There is no resource contactz", "Did you mean contacts?"]);
        says(4, &["bulk", "query", "select * from contactz"], &["Did you mean contacts?"]);
        says(0, &["records", "contacts", "--where", "id = 0"], &["There are no such records."]);
        let unknown_format = ["bulk", "query", "select id from contacts", "--output", "x.xyz"];
        says(5, &unknown_format, &["cannot infer the format from the file name x.xyz", "--format"]);

        // A call of an instance without its token, JSON where a file was meant, a file that is no database.
        says(3, &["request", "GET", "contacts"], &["needs --element"]);
        std::fs::write(folder.path().join("record.json"), "{}").unwrap();
        says(5, &["transform", "try", "people", "record.json"], &["write @record.json"]);
        std::fs::write(folder.path().join("empty.db"), "").unwrap();
        says(8, &["check", "--database", "empty.db"], &["is empty: it is no database", "backup"]);
        assert_eq!(std::fs::metadata(folder.path().join("empty.db")).unwrap().len(), 0);

        std::fs::write(folder.path().join("bytes.bin"), b"\xff\x00\x01").unwrap();
        says(5, &["transform", "try", "people", "@bytes.bin"], &["bytes.bin: the text is neither UTF-8"]);
        says(5, &["elements", "new", "--openapi", "bytes.bin"], &["bytes.bin: the text is neither UTF-8"]);
        for state in [&b"garbage"[..], b"\xff\x00\x01"] {
            std::fs::write(folder.path().join("contacts.state"), state).unwrap();
            let sync = ["sync", "contacts", "--state", "contacts.state", "--output", "x.csv"];
            says(5, &sync, &["the state file contacts.state", "Name another file, or delete this one"]);
        }

        let unset = ["connect", "brighttalk", "--set-env", "filter.response.nulls=NOT_SET_ANYWHERE"];
        says(2, &unset, &["the environment variable NOT_SET_ANYWHERE is not set"]);
        says(2, &["connect", "brighttalk", "--set-env", "NOT_SET_ANYWHERE"], &["is not KEY=VARIABLE"]);
        says(2, &["serve", "--base-url", "http://127.0.0.1:1"], &["--base-url"]);
        says(2, &["demo", "--base-url", "http://127.0.0.1:1"], &["--base-url does not apply"]);
        says(2, &["--database", "x.db", "sandbox"], &["--database does not apply"]);
        says(2, &["purge"], &["--yes"]);
        says(8, &["sandbox", "--faults", "none.json"], &["none.json"]);
        let taken = vendor.trim_start_matches("http://");
        says(8, &["sandbox", "--listen", taken], &[taken]);

        says(0, &["connect", "brighttalk", "--name", "other"], &[]);
        says(2, &["records", "contacts"], &["choose one with --instance", "(BrightTALK)", "(other)"]);
    })
    .await
    .unwrap();
}

#[test]
fn a_wrong_filter_of_the_log_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let user = User { folder: folder.path(), vendor: "" };
    for (filter, told) in [("elementkit=loud", true), ("warn,elementkit=debug", false), ("", false)] {
        let Output { status, stderr, .. } =
            user.command(&["elements", "schema"]).env("ELEMENTKIT_LOG", filter).output().unwrap();
        assert!(status.success());
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(said.contains("ELEMENTKIT_LOG is ignored"), told, "{filter}: {said}");
    }
}
