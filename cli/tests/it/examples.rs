//! The examples in the help of every command run, in the order in which they are listed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use brighttalk_sim::{Config, Simulator, testbed_sim};
use serde_json::json;

use crate::guide::blocks;
use crate::support::World;

/// Commands that end only when they are interrupted.
const SERVING: &[&str] = &["sandbox", "serve", "console", "mcp serve"];

/// Returns the help of a command.
fn help(world: &World, path: &[&str]) -> String {
    world.text(&[path, &["--help"]].concat())
}

/// Returns the commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_list = false;
    for line in help.lines() {
        if !line.starts_with(' ') {
            let other = ["Options:", "Arguments:", "Examples:", "Platform options:"].contains(&line);
            is_list = line.ends_with(':') && !other;
        } else if let (true, Some(rest)) = (is_list, line.strip_prefix("  ")) {
            let name = rest.split(' ').next().unwrap_or_default();
            if !name.is_empty() && name != "help" {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Returns the examples of all commands, with the words of the command that they are of.
fn examples(world: &World, path: &[&str], found: &mut Vec<(String, String)>) {
    let text = help(world, path);
    for name in listed(&text) {
        examples(world, &[path, &[name.as_str()]].concat(), found);
    }
    if let Some((_, shown)) = text.split_once("Examples:\n") {
        let lines = shown.lines().map(str::trim).filter(|line| line.starts_with("elementkit "));
        found.extend(lines.map(|line| (path.join(" "), line.to_owned())));
    }
}

/// Prepares what the examples name: files, and another database.
fn prepare(world: &World) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["crm.json", "clients.csv"] {
        std::fs::copy(root.join("docs/snippets/data").join(file), world.path(file)).unwrap();
    }
    let guide = std::fs::read_to_string(root.join("docs/guides/element.md")).unwrap();
    let desk = blocks(&guide).into_iter().find(|block| block.text.starts_with("# desk.yaml")).unwrap();
    std::fs::write(world.path("desk.yaml"), desk.text).unwrap();
    let backup = json!({
        "objectDefinitions": {"people": {"fields": [{"path": "id"}, {"path": "person.email"}]}},
        "transformations": {"brighttalk": {"people": {"vendorName": "contacts",
            "fields": [{"path": "id", "vendorPath": "id"}, {"path": "person.email", "vendorPath": "email"}]}}}});
    std::fs::write(world.path("backup.json"), backup.to_string()).unwrap();
    world.text(&["--database", "other.db", "connect", "brighttalk"]);
}

/// Runs a line in a shell and returns its exit code and output.
fn run(world: &World, line: &str) -> (Option<i32>, String) {
    let output = shell(world, line).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn shell(world: &World, line: &str) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_elementkit")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    for (name, value) in world.command(&[]).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.args(["-c", line]).current_dir(world.folder.path()).stdin(Stdio::null());
    shell.env_remove("ELEMENTKIT_DATABASE").env("ELEMENTKIT_INSTANCE", "400001").env("PATH", path);
    shell
}

/// Starts a command that serves, and ends it when it has printed its address; a served engine is healthy then.
fn serve(world: &World, line: &str, health: &[&str]) {
    let out = world.path("served.txt");
    let free = line.replace("127.0.0.1:8088", "127.0.0.1:0").replace("127.0.0.1:8099", "127.0.0.1:0");
    let chooses = free.contains("--listen") || line.starts_with("elementkit console");
    let listen = if chooses { "" } else { " --listen 127.0.0.1:0" };
    let _ = std::fs::remove_file(&out);
    let mut process = shell(world, &format!("exec {free}{listen} > {} 2> served.log", out.display())).spawn().unwrap();
    let started = Instant::now();
    // A whole line with the address.
    let has_address = |text: String| text.contains("127.0.0.1") && text.ends_with('\n');
    while !std::fs::read_to_string(&out).is_ok_and(has_address) {
        assert!(started.elapsed() < Duration::from_secs(30) && process.try_wait().unwrap().is_none(), "{line}");
        std::thread::sleep(Duration::from_millis(20));
    }
    if line.starts_with("elementkit serve") {
        let told: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
        let address = told["baseUrl"].as_str().unwrap().replace("/elements/api-v2", "");
        for line in health {
            let line = line.replace(" http://127.0.0.1:8088", "");
            assert_eq!(run(world, &format!("{line} {address}")), (Some(0), "ready\n".to_owned()));
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_all_commands_run() {
    let vendor = Simulator::start(Config { subscribers: 30, channels: 2, ..Config::default() }).await.unwrap();
    let config = testbed_sim::Config { accounts: 3, ..Default::default() };
    let token = config.tokens[0].clone();
    let crm = testbed_sim::Simulator::start(config).await.unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(vendor.url());
        prepare(&world);
        let mut all = Vec::new();
        examples(&world, &[], &mut all);
        // As they are listed in the source, not as they are found in the tree.
        let source = include_str!("../../src/args/examples.rs").replace("\\\"", "\"");
        all.sort_by_key(|(_, line)| source.find(line.as_str()));
        let health: Vec<&str> =
            all.iter().filter(|(path, _)| path == "health").map(|(_, line)| line.as_str()).collect();
        assert_eq!(health.len(), 2);
        for (path, line) in &all {
            if SERVING.contains(&path.as_str()) {
                serve(&world, line, &health);
                continue;
            }
            if path == "health" {
                continue;
            }
            if path == "bulk upload" {
                let address = crm.url();
                let connect = format!("elementkit connect tinycrm --set base.url={address} --set access.token={token}");
                assert_eq!(run(&world, &connect).0, Some(0));
            }
            let (code, text) = run(&world, line);
            assert_eq!(code, Some(0), "{line}\n{text}");
        }
        assert!(world.path("man1/elementkit-bulk-query.1").exists());
        all.len()
    });
    assert!(ran.await.unwrap() >= 55);
}
