//! Output for people: tables, errors and hints.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use brighttalk_sim::{Config, Simulator};
use serde_json::json;

use crate::support::{Ended, World};

/// Runs work with a connected instance and its simulator.
async fn connected(subscribers: u64, work: impl FnOnce(&World, &Simulator) + Send + 'static) {
    let simulator = Simulator::start(Config { subscribers, channels: 1, ..Config::default() }).await.unwrap();
    tokio::task::spawn_blocking(move || {
        let world = World::new(simulator.url());
        world.text(&["connect", "brighttalk"]);
        work(&world, &simulator);
    })
    .await
    .unwrap();
}

/// Runs the command on a terminal of this many columns. Returns what it writes to both streams.
fn on_a_terminal(world: &World, columns: u32, arguments: &str) -> Option<String> {
    let command = world.command(&[]);
    let line = format!("stty rows 24 cols {columns}; {} {arguments}", command.get_program().to_str().unwrap());
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(world.folder.path()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let output = script.output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_in_names_are_escaped() {
    connected(3, |world, _| {
        world.text(&["connect", "brighttalk", "--name", "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}"]);
        let harmful =
            |text: &str| text.contains(|char: char| (char.is_control() && char != '\n') || char == '\u{202e}');
        let listed = world.text(&["instances", "list"]);
        assert!(!harmful(&listed) && listed.contains("x\\x1b]0;owned\\x07\\x9b31m\\u{202e}"), "{listed}");
        let several = world.run(&["records", "contacts"]);
        assert!(!harmful(&several.err) && several.err.contains("\\x1b]0;owned"), "{}", several.err);
        // The JSON is equivalent.
        let list: serde_json::Value = serde_json::from_str(&world.text(&["instances", "list", "--json"])).unwrap();
        assert_eq!(list[1]["name"], "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tables_on_a_terminal_are_truncated_with_a_notice() {
    connected(250, |world, _| {
        let lines = |arguments: &[&str]| {
            let ended = world.run(&[&["records", "contacts"][..], arguments].concat());
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
            ended.out.lines().count()
        };
        let all = lines(&["--json"]);
        assert!(all > 200);
        assert_eq!((lines(&["--csv"]), lines(&[]), lines(&["--limit", "7", "--json"])), (all + 1, all + 1, 7));
        // With a limit the command writes the lines itself, without one the engine does.
        assert_eq!(
            world.text(&["records", "contacts", "--csv"]),
            world.text(&["records", "contacts", "--csv", "--limit", "100000"]),
        );
        // Into a file it runs on one thread.
        let file = File::create(world.path("contacts.csv")).unwrap();
        let ended = world.command(&["records", "contacts", "--csv"]).stdout(file).status().unwrap();
        assert!(ended.success());
        let written = std::fs::read_to_string(world.path("contacts.csv")).unwrap();
        assert_eq!(written, world.text(&["records", "contacts", "--csv"]));
        let table = world.text(&["records", "contacts", "--limit", "1"]);
        assert!(table.starts_with("id  ") && table.contains("channelId"), "{table}");

        let Some(shown) = on_a_terminal(world, 80, "records contacts --fields id") else { return };
        let rows = shown.lines().filter(|line| line.trim().parse::<u64>().is_ok()).count();
        assert_eq!(rows, 100, "{shown}");
        assert!(shown.contains("the first 100 records"), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_fits_a_terminal_that_knows_its_width() {
    connected(3, |world, _| {
        let Some(narrow) = on_a_terminal(world, 60, "records contacts") else { return };
        assert!(narrow.contains("Not shown: ") && narrow.contains("--wide"), "{narrow}");
        assert!(
            narrow.lines().filter(|line| !line.starts_with("Not shown")).all(|line| line.chars().count() <= 60),
            "{narrow}"
        );
        let whole = on_a_terminal(world, 60, "records contacts --wide").unwrap();
        assert!(!whole.contains("Not shown") && whole.lines().next().unwrap().len() > 60, "{whole}");
        let none = on_a_terminal(world, 0, "records channels").unwrap();
        assert_eq!(none.trim(), world.text(&["records", "channels"]).trim());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_escape_what_a_vendor_sends() {
    connected(3, |world, simulator| {
        let message = "bad\u{9b}31m\u{7f}\nfake: a line\u{202e}";
        let fault = json!({"type": "status", "status": 400, "code": "X", "message": message});
        simulator.add_faults(&json!({"match": {"path": "*/subscribers"}, "fault": fault})).unwrap();
        let query = ["-v", "bulk", "query", "select id from contacts"];
        for ended in [world.run(&query), world.run(&["-vv", "records", "contacts"])] {
            let logged: Vec<&str> = ended.err.lines().filter(|line| line.contains(" error=")).collect();
            assert!(
                !logged.is_empty() && logged.iter().all(|line| !line.contains("fake") || line.contains("\\x9b31m"))
            );
            assert!(logged.iter().any(|line| line.contains("\\x9b31m\\x7f\\nfake: a line\\u{202e}")), "{}", ended.err);
            assert!(!ended.err.contains(['\u{9b}', '\u{7f}', '\u{202e}']), "{}", ended.err);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_says_how_long() {
    connected(3, |world, simulator| {
        let limit = json!({"match": {"path": "*/subscribers"}, "fault": {"type": "rate_limit", "retry_after": 600, "form": "seconds"}});
        simulator.add_faults(&limit).unwrap();
        let ended = world.run(&["records", "contacts"]);
        assert!(ended.err.contains("retry after: 600 s") && ended.err.contains("Wait 600 s"), "{}", ended.err);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_databases_are_reported() {
    connected(3, |world, _| {
        std::fs::create_dir(world.path("folder")).unwrap();
        for (database, code, said) in
            [("folder", 8, "it is a folder"), (":memory:", 5, "is not a file name"), ("none/x.db", 8, "none/x.db")]
        {
            let ended = world.run(&["--database", database, "secrets"]);
            assert_eq!(ended.code, Some(code), "{}", ended.err);
            assert!(ended.err.contains(said) && ended.err.contains("hint: "), "{}", ended.err);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_windows_are_read() {
    connected(3, |world, _| {
        let export = json!({"objectDefinitions": {"mine": {"fields": [{"path": "x", "type": "string"}]}}, "transformations": {}});
        std::fs::write(world.path("a.json"), format!("\u{feff}{export}")).unwrap();
        assert!(world.text(&["import", "a.json"]).contains("created"));
        let utf16: Vec<u8> = format!("\u{feff}{export}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(world.path("a.json"), utf16).unwrap();
        assert!(world.text(&["import", "a.json"]).contains("replaced"));
    })
    .await;
}

#[test]
fn a_proxy_is_named_and_never_used_for_this_machine() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let proxy = format!("http://user:hush@{closed}");
    let world = World::new("unused");
    // The embedded engine and the hosted client have the same rule. All cases run at once, since each retries several
    // times.
    let cases =
        [("https://vendor.example", true), ("http://127.0.0.1:9", false)].into_iter().flat_map(|(url, through)| {
            let database = format!("{through}.db");
            let vendor = ["connect", "brighttalk", "--database", &database, "--brighttalk-url", url];
            let platform = ["instances", "list", "--base-url", url];
            [world.command(&vendor), world.command(&platform)].map(|mut command| {
                command.env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy).stderr(Stdio::piped());
                command.env("ELEMENTKIT_USER_SECRET", "u").env("ELEMENTKIT_ORGANIZATION_SECRET", "o");
                (url, through, command.spawn().unwrap())
            })
        });
    for (url, through, child) in cases.collect::<Vec<_>>() {
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(6), "{}", ended.err);
        assert_eq!(ended.err.contains(&format!("through the proxy http://{closed}")), through, "{}", ended.err);
        assert!(ended.err.contains(url) && !ended.err.contains("hush"), "{}", ended.err);
    }
}

#[test]
fn authorities_that_variables_name_are_trusted_by_all_clients() {
    let world = World::new("https://localhost:1");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(world.path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(world.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::create_dir(world.path("certs")).unwrap();
    std::fs::write(world.path("certs/own.pem"), made.cert.pem()).unwrap();
    let mut server = world.command(&["--database", "served.db", "serve", "--listen", "127.0.0.1:0"]);
    server.args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = server.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address: serde_json::Value = serde_json::from_str(&line).unwrap();
    let port = address["address"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let url = format!("https://localhost:{port}");

    let start = |arguments: &[&str], variable: Option<(&'static str, &'static str)>| {
        let mut command = world.command(arguments);
        command.env("ELEMENTKIT_USER_SECRET", "u").env("ELEMENTKIT_ORGANIZATION_SECRET", "o").envs(variable);
        (variable, command.stderr(Stdio::piped()).spawn().unwrap())
    };
    let vendor = ["connect", "brighttalk", "--brighttalk-url", &url];
    let platform = ["instances", "list", "--base-url", &url];
    let trusted = [("ELEMENTKIT_CA_FILE", "cert.pem"), ("SSL_CERT_FILE", "cert.pem"), ("SSL_CERT_DIR", "certs")];
    let variables = || std::iter::once(None).chain(trusted.map(Some));
    let running = variables().map(|variable| start(&vendor, variable));
    for (variable, child) in running.chain(variables().map(|variable| start(&platform, variable))).collect::<Vec<_>>() {
        let err = Ended::from(child.wait_with_output().unwrap()).err;
        match variable {
            None => assert!(err.contains("UnknownIssuer") && err.contains("ELEMENTKIT_CA_FILE"), "{err}"),
            Some(_) => assert!(!err.contains("UnknownIssuer") && err.contains("status: "), "{variable:?}: {err}"),
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
}
