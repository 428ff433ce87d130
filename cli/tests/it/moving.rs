//! The commands of docs/guides/moving.md, as they are printed there.

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

/// Runs the commands of the guide and compares what they print. Returns their number.
fn run(guide: &str, world: &World, hosted: &str) -> usize {
    let mut variables = secrets(world, "hosted.db");
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
    assert!(own.is_some(), "the guide serves the engine");
    ran
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
        run(&guide, &world, &url)
    });
    assert!(ran.await.unwrap() >= 7);
}
