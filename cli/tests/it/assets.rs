//! `elementkit import`, `export` and `transform try`, as a user calls them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn run(folder: &Path, database: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
    command.current_dir(folder).args(arguments).env_remove("ELEMENTKIT_BASE_URL").env("ELEMENTKIT_DATABASE", database);
    command.output().unwrap()
}

fn json_of(folder: &Path, database: &str, arguments: &[&str]) -> Value {
    let output = run(folder, database, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the content of a folder, by file.
fn files(folder: &Path) -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, Value)> = entries
        .map(|path| {
            let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            // It contains the time of creation here.
            value["definition"].as_object_mut().unwrap().remove("createdDate");
            (path.file_name().unwrap().to_str().unwrap().to_owned(), value)
        })
        .collect();
    files.sort_by(|left, right| left.0.cmp(&right.0));
    files
}

#[test]
fn both_asset_forms_are_imported_and_exports_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("assets")).unwrap();
    let old = json!({
        "objectDefinitions": {"people": {"fields": [{"path": "id", "type": "number"}, {"path": "mail"}]}},
        "transformations": {
            "brighttalk": {"people": {"vendorName": "channelsContacts", "isLegacy": true,
                "fields": [{"path": "id", "vendorPath": "id"}, {"path": "mail", "vendorPath": "email"},
                           {"path": "lost", "vendorPath": "phone"}],
                "configuration": [{"type": "passThrough", "properties": {"fromVendor": false}}],
                "script": {"body": "transformedObject.was = 'old'; return transformedObject;"}}},
            "hubspot": {"people": {"vendorName": "contacts", "fields": []}}}});
    std::fs::write(path.join("assets/old.json"), old.to_string()).unwrap();
    let new = json!({"vdrName": "fans", "vdrVersion": "v2",
        "definition": {"objectName": "fans", "fields": [
            {"path": "key", "type": "string", "level": "organization", "displayName": ""},
            {"path": "name", "type": "string", "level": "account"}]},
        "transformation": {"brighttalk": {
            "elementKey": "brighttalk", "objectName": "fans", "vendorName": "channelsContacts", "isLegacy": false,
            "fields": [
                {"path": "key", "vendorPath": "id", "type": "string", "vendorType": "string", "level": "organization"},
                {"path": "name", "vendorPath": "firstName", "level": "account"}],
            "configuration": [{"type": "inherit", "level": "account"},
                {"type": "passThrough", "level": "account", "properties": {"fromVendor": false}}],
            "script": {"body": "done(transformedObject);", "mimeType": "application/javascript", "level": "organization"},
            "scripts": [{"body": "transformedObject.z = 1; done(transformedObject);", "level": "organization"}]}}});
    std::fs::write(path.join("assets/new.json"), new.to_string()).unwrap();

    let first = json_of(path, "a.db", &["import", "assets", "--json"]);
    assert_eq!(first["created"].as_array().unwrap().len(), 6, "{first}");
    assert_eq!(first["replaced"], json!([]));
    assert_eq!(first["dropped"], json!(["organization transformation people of brighttalk: lost"]));
    assert_eq!(first["skipped"], json!(["people: the platform has no element hubspot"]));
    let again = json_of(path, "a.db", &["import", "assets", "--json"]);
    assert_eq!((&again["created"], again["replaced"].as_array().unwrap().len()), (&json!([]), 6));

    // Export, import into another database, and export again.
    assert!(run(path, "a.db", &["export", "out"]).status.success());
    let exported = files(&path.join("out"));
    assert_eq!(exported.len(), 2);
    let fans = &exported[0].1;
    assert_eq!(fans["vdrName"], "fans");
    assert_eq!(fans["definition"]["fields"][1], json!({"path": "name", "type": "string", "level": "account"}));
    assert_eq!(fans["transformation"]["brighttalk"]["scripts"][0]["level"], "organization");
    // A type that was not declared stays undeclared.
    assert_eq!(exported[1].1["definition"]["fields"][1], json!({"path": "mail", "level": "organization"}));
    json_of(path, "b.db", &["import", "out", "--json"]);
    assert!(run(path, "b.db", &["export", "out2"]).status.success());
    assert_eq!(files(&path.join("out2")), exported);
    json_of(path, "a.db", &["import", "out", "--json"]);
    assert!(run(path, "a.db", &["export", "out3"]).status.success());
    assert_eq!(files(&path.join("out3")), exported);

    // One record in, the record before and after out.
    let record = r#"{"id": 7, "firstName": "Ada", "email": "a@x.org"}"#;
    let tried = json_of(path, "a.db", &["transform", "try", "fans", record, "--json"]);
    assert_eq!(
        tried,
        json!({"before": {"id": 7, "firstName": "Ada", "email": "a@x.org"},
        "after": {"name": "Ada", "key": "7", "z": 1}})
    );
    std::fs::write(path.join("record.json"), record).unwrap();
    let text = run(path, "a.db", &["transform", "try", "people", "@record.json"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("before\n{") && text.contains("after\n{") && text.contains("\"was\": \"old\""), "{text}");
    let back = json_of(path, "a.db", &["transform", "try", "fans", r#"{"key": "7"}"#, "--to-vendor", "--json"]);
    assert_eq!(back["after"]["id"], "7");

    // Errors are reported before anything is changed.
    std::fs::write(path.join("wrong.json"), "{}").unwrap();
    for (wrong, code) in [
        (&["import", "wrong.json"][..], 5),
        (&["import", "missing"], 8),
        (&["import", "assets", "--level", "instance"], 5),
        (&["transform", "try", "fans", "{"], 5),
        (&["transform", "try", "nobody", "{}"], 4),
        (&["transform", "try", "fans", "@missing"], 8),
        (&["request", "POST", "/organizations/objects/x/definitions", "--body", "@missing"], 8),
    ] {
        let output = run(path, "a.db", wrong);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{wrong:?}: {said}");
        let names_the_file = said.contains("missing cannot be read") && said.contains("hint: ");
        assert!(code != 8 || names_the_file, "{wrong:?}: {said}");
    }
}
