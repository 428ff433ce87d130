//! The snippets of the documentation in Rust run, and leave what docs/snippets/expected.txt says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use brighttalk_sim::testbed_sim;
use elementkit::engine::Engine;
use serde_json::json;

use crate::support;
use crate::support::subject::Subject;

// They print what they show.
#[allow(clippy::print_stdout)]
#[path = "../../../docs/snippets/rust/mod.rs"]
mod shown;

/// Topic of the process that runs one snippet.
const TOPIC: &str = "ELEMENTKIT_TEST_SNIPPET";

fn snippets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/snippets")
}

/// Returns the lines of expected.txt: topic, pattern of a file name, pattern of a line.
fn expected() -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(snippets().join("expected.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.map(|line| line.splitn(3, ' ').map(str::to_owned).collect::<Vec<_>>());
    parts.map(|parts| parts.try_into().unwrap()).collect()
}

/// Runs a snippet in a folder of its own, in another process.
fn run(topic: &str, folder: &Path, variables: &[(&str, String)]) {
    std::fs::create_dir(folder).unwrap();
    for entry in std::fs::read_dir(snippets().join("data")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "snippets::all_run", "--nocapture"]).current_dir(folder).stdin(Stdio::null());
    let output = command.env(TOPIC, topic).envs(variables.iter().cloned()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{topic}: {out}{err}");
    std::fs::write(folder.join("out.txt"), out.as_ref()).unwrap();
}

/// Whether a line of a file of the folder matches, by grep, whose patterns the other languages use.
fn is_found(folder: &Path, file: &str, pattern: &str) -> bool {
    let mut find = Command::new("find");
    find.arg(folder).args(["-regextype", "posix-extended", "-regex", &format!(".*/{file}")]);
    let output = find.args(["-exec", "grep", "-aqE", "--", pattern, "{}", "+", "-print"]).output().unwrap();
    !output.stdout.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_run() {
    if let Ok(topic) = std::env::var(TOPIC) {
        return shown::run(&topic).await.unwrap();
    }
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 40, "channels": 2}})).await;
    let vendor = Subject::Defined.start(5).await;
    let folder = tempfile::tempdir().unwrap();
    // A platform with an instance.
    let options = support::engine_options(folder.path(), &simulator);
    let engine = Engine::open(options).await.unwrap();
    let base_url = support::serve(engine.clone()).await;
    let hosted = elementkit::HostedOptions::new().base_url(&base_url).user(support::USER);
    let platform = elementkit::Platform::hosted(hosted.organization(support::ORGANIZATION)).unwrap();
    platform.instances().create(&support::brighttalk("snippets")).await.unwrap();

    let variables = [
        ("ELEMENTKIT_BRIGHTTALK_URL", simulator.url()),
        ("BRIGHTTALK_API_KEY", "1".to_owned()),
        ("BRIGHTTALK_API_SECRET", brighttalk_sim::Config::default().api_secret),
        ("CRM_URL", vendor.url()),
        ("CRM_TOKEN", testbed_sim::Config::default().tokens[0].clone()),
        ("ELEMENTKIT_BASE_URL", base_url),
        ("ELEMENTKIT_USER_SECRET", support::USER.to_owned()),
        ("ELEMENTKIT_ORGANIZATION_SECRET", support::ORGANIZATION.to_owned()),
    ];
    let place = folder.path().to_owned();
    let ran = tokio::task::spawn_blocking(move || {
        let mut ran = Vec::new();
        for [topic, file, pattern] in expected() {
            if !ran.contains(&topic) {
                run(&topic, &place.join(&topic), &variables);
                ran.push(topic.clone());
            }
            assert!(is_found(&place.join(&topic), &file, &pattern), "{topic}: no line of {file} matches {pattern}");
        }
        ran.len()
    });
    assert!(ran.await.unwrap() >= 10);
    engine.close().await;
}
