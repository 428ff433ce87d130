//! Backups of an organization, out and in, in every form; and the comparison of two platforms.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

use crate::support::World;

/// A backup as a public tool writes it: levels, scripts, nested paths, inheritance, an element with scripts, and two
/// formulas, of which one runs the other.
fn backup() -> Value {
    let element = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/elements/support-desk.json");
    let element: Value = serde_json::from_slice(&std::fs::read(element).unwrap()).unwrap();
    let script = |level: &str| {
        json!({"body": format!("transformedObject.at = '{level}';\ndone(transformedObject);\n"), "level": level,
            "mimeType": "application/javascript", "filterEmptyResponse": false})
    };
    json!({
        "elements": [element],
        "formulas": [
            {"id": 901, "name": "Nightly pull", "description": "Calls the other", "active": true, "singleThreaded": false,
             "triggers": [{"type": "scheduled", "properties": {"cron": "0 0 1 * * ?"}, "onSuccess": ["call"]}],
             "steps": [{"name": "call", "type": "formula", "properties": {"formulaId": 902}, "onSuccess": [], "onFailure": []}],
             "configuration": [{"key": "source", "name": "Source", "type": "elementInstance", "required": true}]},
            {"id": 902, "name": "Clean up > names", "active": false, "singleThreaded": true,
             "triggers": [{"type": "manual", "properties": {}, "onSuccess": ["trim names"]}],
             "steps": [{"name": "trim names", "type": "script", "properties": {"body": "done({});\n"}, "onSuccess": [], "onFailure": []}],
             "configuration": []}],
        "vdrs": {
            "people": {"vdrName": "people", "vdrVersion": "v2",
                "definition": {"objectName": "people", "description": "Everybody", "createdDate": "2024-01-15 08:45:21.121334",
                    "fields": [{"path": "id", "type": "string", "level": "organization"},
                        {"path": "person.email", "displayName": "E-mail", "level": "organization"},
                        {"path": "answers", "type": "array", "level": "organization"},
                        {"path": "answers[*].text", "type": "string", "level": "organization"},
                        {"path": "team.desk", "type": "string", "level": "account"}]},
                "transformation": {
                    "brighttalk": {"elementKey": "brighttalk", "objectName": "people", "vendorName": "channelsContacts",
                        "isLegacy": false,
                        "fields": [{"path": "id", "vendorPath": "id", "type": "string", "level": "organization"},
                            {"path": "person.email", "vendorPath": "email", "level": "organization",
                             "configuration": [{"type": "defaultValue", "properties": {"value": "none"}}]},
                            {"path": "team.desk", "vendorPath": "lastName", "level": "account"}],
                        "configuration": [{"type": "passThrough", "level": "organization", "properties": {"fromVendor": false}},
                            {"type": "inherit", "level": "account"}],
                        "script": script("account"), "scripts": [script("organization"), script("account")]},
                    "support-desk": {"elementKey": "support-desk", "objectName": "people", "vendorName": "tickets",
                        "isLegacy": false, "fields": [{"path": "id", "vendorPath": "id", "level": "organization"}],
                        "configuration": [], "scripts": []}}},
            "empty.v2": {"vdrName": "empty.v2", "vdrVersion": "v2", "definition": {"objectName": "empty.v2", "fields": []},
                "transformation": {}}}})
}

/// Returns the files below a folder, or the file itself, without the lines of ids and dates.
fn files(path: &Path) -> BTreeMap<String, String> {
    fn collect(root: &Path, path: &Path, found: &mut BTreeMap<String, String>) {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                collect(root, &entry.unwrap().path(), found);
            }
            return;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let given = ["id", "elementId", "resourceId", "formulaId", "accountId", "userId", "createdDate", "updatedDate"];
        let is_given = |line: &&str| !given.iter().any(|name| line.trim_start().starts_with(&format!("\"{name}\":")));
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        found.insert(name, text.lines().filter(is_given).collect::<Vec<_>>().join("\n"));
    }
    let mut found = BTreeMap::new();
    collect(path, path, &mut found);
    assert!(!found.is_empty());
    found
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn import(world: &World, database: &str, arguments: &[&str]) -> Value {
    parsed(&world.text(&[&["--database", database, "import", "--json"], arguments].concat()))
}

/// A served platform, which ends with the test.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(world: &World, database: &str) -> Self {
        let mut command = world.command(&["--database", database, "serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = parsed(&line)["baseUrl"].as_str().unwrap().replace("/elements/api-v2", "");
        Self { process, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_backup_goes_out_in_and_out_again_without_a_change() {
    let world = World::new("http://127.0.0.1:1");
    std::fs::write(world.path("tool.json"), backup().to_string()).unwrap();
    // A check changes nothing, and says what an import would do.
    let check = import(&world, "a.db", &["tool.json", "--check"]);
    assert_eq!(check["created"].as_array().unwrap().len(), 9, "{check:#}");
    assert_eq!(world.text(&["--database", "a.db", "export", "none"]), "Wrote 0 objects to none.\n");
    let first = import(&world, "a.db", &["tool.json"]);
    assert_eq!(first["created"], check["created"], "{first:#}");
    assert_eq!((&first["dropped"], &first["skipped"]), (&json!([]), &json!([])));
    let text = world.text(&["--database", "a.db", "import", "tool.json", "--check"]);
    assert!(text.contains("would stay: organization definition people\n"), "{text}");
    assert!(!text.contains("would be created"), "{text}");

    for layout in ["objects", "vdrs", "backup", "folders", "older-folders"] {
        let name = |of: &str| format!("{of}-{layout}");
        let (database, out, again) = (name("db"), name("out"), name("again"));
        world.text(&["--database", "a.db", "export", &out, "--layout", layout]);
        let there = import(&world, "a.db", &[&out, "--check"]);
        assert_eq!((&there["created"], &there["replaced"]), (&json!([]), &json!([])), "{layout}: {there:#}");
        let brought = import(&world, &database, &[&out]);
        assert_eq!((&brought["dropped"], &brought["replaced"]), (&json!([]), &json!([])), "{layout}");
        assert_eq!(
            brought["created"].as_array().unwrap().len(),
            if layout == "vdrs" { 5 } else { 9 },
            "{layout}: {brought:#}"
        );
        world.text(&["--database", &database, "export", &again, "--layout", layout]);
        if layout == "vdrs" {
            // The file has no elements, so the mapping to one of the organization's own stays behind.
            assert_eq!(brought["skipped"], json!(["people: the platform has no element support-desk"]));
            continue;
        }
        assert_eq!(brought["skipped"], json!([]), "{layout}");
        let (left, right) = (files(&world.path(&out)), files(&world.path(&again)));
        assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{layout}");
        for (file, text) in left {
            assert_eq!(text, right[&file], "{layout}: {file}");
        }
    }
    // The formula that runs another refers to the one of its own platform.
    let formulas = parsed(&world.text(&["--database", "db-folders", "request", "GET", "/formulas"]));
    let id_of = |name: &str| formulas.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["id"].clone();
    let nightly = formulas.as_array().unwrap().iter().find(|one| one["name"] == "Nightly pull").unwrap();
    assert_eq!(nightly["steps"][0]["properties"]["formulaId"], id_of("Clean up > names"));

    // Scripts are in files, under the names that the tool gives them.
    let folders = files(&world.path("out-folders"));
    for file in [
        "vdrs/people/people.json",
        "vdrs/people/definition/objectDefinition.json",
        "vdrs/people/transformation/brighttalk/transformation.json",
        "vdrs/people/transformation/brighttalk/account-script.js",
        "formulas/Clean-up-names/trim-names.js",
    ] {
        assert!(folders.contains_key(file), "{file}: {:?}", folders.keys());
    }
    assert!(folders.keys().any(|file| file.starts_with("elements/") && file.ends_with("Hook.js")));
    let older = files(&world.path("out-older-folders"));
    assert!(older.contains_key("commonResources/transformations/brighttalk/people/script.js"), "{:?}", older.keys());
}

#[test]
fn a_backup_goes_into_a_second_organization_of_a_served_platform() {
    let world = World::new("http://127.0.0.1:1");
    std::fs::write(world.path("tool.json"), backup().to_string()).unwrap();
    import(&world, "a.db", &["tool.json"]);
    world.text(&["--database", "a.db", "export", "out", "--layout", "backup"]);
    let other = parsed(&world.text(&["--database", "a.db", "organizations", "create", "--name", "Other", "--json"]));
    let served = Served::start(&world, "a.db");
    let hosted = |arguments: &[&str]| {
        let mut command = world.command(&[&["--base-url", &served.url], arguments].concat());
        command.env("ELEMENTKIT_USER_SECRET", other["userSecret"].as_str().unwrap());
        command.env("ELEMENTKIT_ORGANIZATION_SECRET", other["organizationSecret"].as_str().unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let brought = parsed(&hosted(&["import", "out", "--json"]));
    assert_eq!(brought["created"].as_array().unwrap().len(), 9, "{brought:#}");
    hosted(&["export", "again", "--layout", "backup"]);
    let text = |name: &str| files(&world.path(name)).into_values().next().unwrap();
    assert_eq!(text("out"), text("again"));
}

#[test]
fn folders_of_older_tools_are_read() {
    let world = World::new("http://127.0.0.1:1");
    let write = |name: &str, text: String| {
        let path = world.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let definition =
        json!({"fields": [{"path": "id", "type": "string"}], "level": "organization", "objectName": "fans"});
    write("old/commonResources/objectDefinitions/fans/objectDefinition.json", definition.to_string());
    let mapping = json!({"objectName": "fans", "vendorName": "channelsContacts", "level": "organization",
        "fields": [{"path": "id", "vendorPath": "id", "level": "organization"}],
        "script": {"mimeType": "application/javascript"}});
    write("old/commonResources/transformations/brighttalk/fans/transformation.json", mapping.to_string());
    write("old/commonResources/transformations/brighttalk/fans/script.js", "done(transformedObject);".to_owned());
    write(
        "old/formulas/A-b/formula.json",
        json!({"name": "A b", "triggers": [], "steps": [{"name": "x y", "type": "filter"}]}).to_string(),
    );
    write("old/formulas/A-b/x-y.js", "done(true);".to_owned());
    write("old/elements/.DS_Store", String::new());
    let report = import(&world, "a.db", &["old"]);
    assert_eq!(
        report["created"],
        json!(["organization definition fans", "organization transformation fans of brighttalk", "formula A b"])
    );
    let request = |path: &str| parsed(&world.text(&["--database", "a.db", "request", "GET", path]));
    let stored = request("/organizations/elements/brighttalk/transformations/fans");
    assert_eq!(stored["script"]["body"], "done(transformedObject);");
    assert_eq!(request("/formulas")[0]["steps"][0]["properties"]["body"], "done(true);");
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_are_compared_record_by_record() {
    let config = |subscribers| Config { subscribers, channels: 2, ..Config::default() };
    let vendor = Simulator::start(config(40)).await.unwrap();
    let smaller = Simulator::start(config(30)).await.unwrap();
    tokio::task::spawn_blocking(move || {
        let world = World::new(vendor.url());
        let over = |url: &str, arguments: &[&str]| {
            let mut command = world.command(arguments);
            command.env("ELEMENTKIT_BRIGHTTALK_URL", url);
            crate::support::Ended::from(command.output().unwrap())
        };
        for (database, url) in [("one.db", vendor.url()), ("same.db", vendor.url()), ("fewer.db", smaller.url())] {
            let ended = over(&url, &["--database", database, "connect", "brighttalk"]);
            assert_eq!(ended.code, Some(0), "{}", ended.err);
        }
        let same =
            world.run(&["--database", "one.db", "compare", "channels", "contacts", "--with-database", "same.db"]);
        assert_eq!(same.code, Some(0), "{}{}", same.out, same.err);
        assert!(same.out.contains("0 missing, 0 extra, 0 changed"), "{}", same.out);

        // A platform with fewer records, over HTTP.
        let served = {
            let mut command = world.command(&["--database", "fewer.db", "serve", "--listen", "127.0.0.1:0"]);
            command.env("ELEMENTKIT_BRIGHTTALK_URL", smaller.url()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut process = command.spawn().unwrap();
            let mut line = String::new();
            BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
            Served { process, url: parsed(&line)["baseUrl"].as_str().unwrap().replace("/elements/api-v2", "") }
        };
        let secrets = parsed(&world.text(&["--database", "fewer.db", "secrets", "--json"]));
        let differs = |more: &[&str]| {
            let arguments = ["--database", "one.db", "compare", "contacts", "--with-base-url", &served.url];
            let mut command = world.command(&[&arguments[..], more].concat());
            command.env("ELEMENTKIT_OTHER_USER_SECRET", secrets["userSecret"].as_str().unwrap());
            command.env("ELEMENTKIT_OTHER_ORGANIZATION_SECRET", secrets["organizationSecret"].as_str().unwrap());
            crate::support::Ended::from(command.output().unwrap())
        };
        let found = differs(&["--json", "--limit", "3"]);
        assert_eq!(found.code, Some(10), "{}{}", found.out, found.err);
        assert!(found.err.contains("the platforms differ in contacts"), "{}", found.err);
        let result = parsed(&found.out);
        assert!(result["result"]["missing"].as_u64().unwrap() > 0, "{result:#}");
        assert_eq!(result["result"]["differences"].as_array().unwrap().len(), 3);
        // A key that is personal data is masked unless it is asked for.
        let masked = differs(&["--key", "email"]);
        assert!(masked.out.contains("changed #") && !masked.out.contains('@'), "{}", masked.out);
        let open = differs(&["--key", "email", "--values"]);
        assert!(open.out.contains('@'), "{}", open.out);
        let usage = world.run(&["--database", "one.db", "compare", "contacts"]);
        assert_eq!(usage.code, Some(2), "{}", usage.err);
    })
    .await
    .unwrap();
}
