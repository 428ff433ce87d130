//! The commands of docs/guides/moving.md and of guides without an own vendor, as they are printed there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

use crate::guide::{blocks, commands, lines};
use crate::support::World;

/// Address of the hosted platform in the guide.
const HOSTED: &str = "https://platform.example";
/// Address of the engine that takes its place.
const OWN: &str = "http://127.0.0.1:8088";

/// A served engine, which ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server and returns its origin.
fn serve(mut command: Command) -> (Served, String) {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let url = told["baseUrl"].as_str().unwrap().replace("/elements/api-v2", "");
    (Served(process), url)
}

/// Secrets of the first user of a database, as variables.
fn secrets(world: &World, database: &str) -> Vec<(&'static str, String)> {
    let secrets: Value = serde_json::from_str(&world.text(&["--database", database, "secrets", "--json"])).unwrap();
    let text = |name: &str| secrets[name].as_str().unwrap().to_owned();
    vec![("ELEMENTKIT_USER_SECRET", text("userSecret")), ("ELEMENTKIT_ORGANIZATION_SECRET", text("organizationSecret"))]
}

/// Fills the platform that the guide leaves.
fn hosted(world: &World) {
    let element = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/elements/support-desk.json");
    let element: Value = serde_json::from_slice(&std::fs::read(element).unwrap()).unwrap();
    let backup = json!({
        "elements": [element],
        "formulas": [{"name": "nightly", "steps": [], "triggers": [], "configuration": []}],
        "objectDefinitions": {"people": {"fields": [{"path": "id"}, {"path": "person.email"}]}},
        "transformations": {"brighttalk": {"people": {"vendorName": "channelsContacts",
            "fields": [{"path": "id", "vendorPath": "id"}, {"path": "person.email", "vendorPath": "email"}],
            "configuration": [{"type": "passThrough", "properties": {"fromVendor": false}}],
            "script": {"body": "transformedObject.seen = true; done(transformedObject);"}}}}});
    std::fs::write(world.path("hosted.json"), backup.to_string()).unwrap();
    world.text(&["--database", "hosted.db", "import", "hosted.json"]);
    world.text(&["--database", "hosted.db", "connect", "brighttalk", "--name", "production"]);
}

/// Runs the commands of a guide with these variables, and compares what they print. Returns their number, and whether one
/// of them serves the engine.
fn run(guide: &str, world: &World, hosted: &str, mut variables: Vec<(&'static str, String)>) -> (usize, bool) {
    let mut own: Option<(Served, String)> = None;
    let mut ran = 0;
    let bin = Path::new(env!("CARGO_BIN_EXE_elementkit")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for block in blocks(guide).iter().filter(|block| block.language == "console") {
        for (command, expected) in commands(block.text) {
            ran += 1;
            if command.starts_with("elementkit serve ") {
                let served = world.command(&["--database", "elementkit.db", "serve", "--listen", "127.0.0.1:0"]);
                own = Some(serve(served));
                variables = secrets(world, "elementkit.db");
                continue;
            }
            let line = command.replace(HOSTED, hosted);
            let line = own.as_ref().map_or(line.clone(), |(_, url)| line.replace(OWN, url));
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(world.folder.path());
            for (name, value) in world.command(&[]).get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            shell.env_remove("ELEMENTKIT_DATABASE").env("PATH", &path).envs(variables.clone());
            let output = shell.output().unwrap();
            let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            assert!(output.status.success(), "{command}\n{out}{err}");
            assert!(
                expected.is_empty() || lines(&out) == lines(&expected),
                "{command}\nexpected:\n{expected}\nfound:\n{out}{err}"
            );
        }
    }
    (ran, own.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_runs_as_it_is_printed() {
    let vendor = Simulator::start(Config { subscribers: 40, channels: 2, ..Config::default() }).await.unwrap();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/moving.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(vendor.url());
        hosted(&world);
        let (_served, url) = serve(world.command(&["--database", "hosted.db", "serve", "--listen", "127.0.0.1:0"]));
        run(&guide, &world, &url, secrets(&world, "hosted.db"))
    });
    let (ran, serves) = ran.await.unwrap();
    assert!(ran >= 7 && serves);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_guides_run_as_they_are_printed() {
    let vendor = Simulator::start(Config { subscribers: 10, channels: 1, ..Config::default() }).await.unwrap();
    let all = tokio::task::spawn_blocking(move || {
        let guides = [("self-hosting", 7), ("security", 1), ("troubleshooting", 1)];
        guides.map(|(name, least)| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/guides/{name}.md"));
            let world = World::new(vendor.url());
            world.text(&["--database", "elementkit.db", "connect", "brighttalk"]);
            let (ran, _) = run(&std::fs::read_to_string(path).unwrap(), &world, HOSTED, Vec::new());
            assert!(ran >= least, "{name} has {ran} commands");
        })
    });
    all.await.unwrap();
}

/// The script of docs/guides/warehouse.md, with a `load` that keeps the files.
#[tokio::test(flavor = "multi_thread")]
async fn the_nightly_script_runs() {
    let vendor = Simulator::start(Config { subscribers: 10, channels: 1, ..Config::default() }).await.unwrap();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/warehouse.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(vendor.url());
        world.text(&["--database", "elementkit.db", "connect", "brighttalk"]);
        let all = blocks(&guide);
        let script = all.iter().find(|block| block.text.contains("# nightly.sh")).unwrap();
        let here = world.folder.path().display().to_string();
        let script = script
            .text
            .replace("/var/lib/elementkit", &here)
            .replace("set -eu\n", "set -eu\nload() { cp \"$1\" \"loaded-$1\"; }\n");
        let bin = Path::new(env!("CARGO_BIN_EXE_elementkit")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        // Twice: the second pull continues from the state of the first.
        for _ in 0..2 {
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).env("PATH", &path).env("ELEMENTKIT_BRIGHTTALK_URL", &world.vendor);
            let output = shell.env_remove("ELEMENTKIT_DATABASE").env_remove("ELEMENTKIT_BASE_URL").output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        ["contacts", "webcasts", "registrations", "viewings"].iter().all(|object| {
            world.path(&format!("loaded-{object}.parquet")).exists() && world.path(&format!("{object}.state")).exists()
        })
    });
    assert!(ran.await.unwrap());
}
