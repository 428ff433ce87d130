//! Definitions read from files and folders, and written.

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::elements::definition::document::Definition;
use crate::elements::definition::testing::{any_definition, real_definitions};

/// Returns a folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        std::fs::write(file, content).expect("a file");
    }
    dir
}

fn named(name: &str) -> Value {
    json!({"name": name, "authentication": {"type": "none"}})
}

fn names_of(loaded: &[Loaded]) -> Vec<&str> {
    loaded.iter().map(|loaded| loaded.document["name"].as_str().expect("a name")).collect()
}

fn failure(path: &Path) -> (ErrorKind, String) {
    let error = read(path).expect_err("an error");
    (error.kind(), error.message().to_owned())
}

#[test]
fn files_hold_one_definition_or_several() {
    let (one, two) = (named("One"), named("Two"));
    let many = json!([one, two]).to_string();
    let backup = json!({"elements": [one, two], "instances": []}).to_string();
    let dir = folder(&[("one.json", &one.to_string()), ("many.json", &many), ("backup.json", &backup)]);
    let read_names = |file: &str| names_of(&read(dir.path().join(file)).expect(file)).join(" ");
    assert_eq!(read_names("one.json"), "One");
    assert_eq!(read_names("many.json"), "One Two");
    assert_eq!(read_names("backup.json"), "One Two");
    let twice = r#"{"name":"One","authentication":{"type":"none","a":[{"b":1,"b":2}]}}"#;
    for (name, content) in [
        ("a.json", "[1]"),
        ("b.json", "7"),
        ("c.json", "{"),
        ("d.yaml", "a: ["),
        ("e.json", "[]"),
        ("f.json", r#"{"elements":[]}"#),
        ("g.json", twice),
        ("h.yaml", "name: x\nname: y"),
    ] {
        let dir = folder(&[(name, content)]);
        let (kind, message) = failure(&dir.path().join(name));
        assert!(kind == ErrorKind::Config && message.contains(name), "{message}");
    }
    assert_eq!(failure(&dir.path().join("none.json")).0, ErrorKind::Storage);
    let dir = folder(&[("g.json", twice)]);
    assert!(failure(&dir.path().join("g.json")).1.contains("duplicate member \"b\" at line 1"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_without_end_is_too_large() {
    let (kind, message) = failure(Path::new("/dev/zero"));
    assert_eq!((kind, message.as_str()), (ErrorKind::Config, "/dev/zero: it is larger than 128 MiB"));
}

#[test]
fn yaml_is_read_as_the_same_document() {
    let yaml = "
name: Acme Desk   # a comment
authentication: {type: basic}
configuration:
  - &text
    key: base.url
    type: TEXTFIELD_1000
    defaultValue: https://acme.example
    required: yes
  - {<<: *text, key: other}
hooks:
  - type: preRequest
    body: |
      done();
limits: [007, 1_000, 5, 1.5, null, true, off]
";
    let dir = folder(&[("acme/element.yaml", yaml)]);
    let loaded = read(dir.path()).expect("a definition");
    let entry = |key: &str| json!({"key": key, "type": "TEXTFIELD_1000", "defaultValue": "https://acme.example", "required": "yes"});
    let expected = json!({
        "name": "Acme Desk", "authentication": {"type": "basic"}, "configuration": [entry("base.url"), entry("other")],
        "hooks": [{"type": "preRequest", "body": "done();\n"}],
        "limits": ["007", "1_000", 5, 1.5, null, true, "off"],
    });
    assert_eq!(loaded[0].document, expected);
}

#[test]
fn aliases_cannot_make_a_document_grow_without_bound() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        yaml.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
    }
    let error = parse(&yaml, Format::Yaml).expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// A backup as `the-doctor` writes it.
#[test]
fn a_backup_folder_has_scripts_in_files() {
    let document = json!({
        "name": "Acme", "authentication": {"type": "custom"},
        "hooks": [{"type": "preRequest", "isLegacy": false}, {"type": "preRequest"}],
        "resources": [{
            "method": "GET", "path": "/hubs/crm/contacts/{id}",
            "hooks": [{"type": "preRequest"}, {"type": "postRequest", "body": ""}, {"type": "event", "body": null}],
        }],
    });
    let dir = folder(&[
        ("Acme/element.json", &document.to_string()),
        ("Acme/preRequestHook.js", "done('global');"),
        ("Acme/resources/GET-contacts-id-preRequestHook.js", "done('resource');"),
        ("Acme/resources/GET-contacts-postRequestHook.js", "done('unused');"),
        ("Other/element.json", &named("Other").to_string()),
        ("readme.txt", "text"),
    ]);
    let loaded = read(dir.path()).expect("a backup");
    assert_eq!(names_of(&loaded), ["Acme", "Other"]);
    let document = &loaded[0].document;
    assert_eq!(document["hooks"][0], json!({"type": "preRequest", "isLegacy": false, "body": "done('global');"}));
    assert_eq!(document["hooks"][1]["body"], "done('global');", "two scripts of one type share the file");
    let resource = &document["resources"][0]["hooks"];
    assert_eq!(resource[0]["body"], "done('resource');");
    assert_eq!((&resource[1], &resource[2]), (&json!({"type": "postRequest", "body": ""}), &json!({"type": "event"})));
    let remarks: Vec<_> = loaded[0].remarks.iter().map(|remark| (remark.code, remark.message.as_str())).collect();
    let expected = "nothing refers to the file resources/GET-contacts-postRequestHook.js";
    assert_eq!(remarks, [("unused-file", expected)]);
    assert_eq!(loaded[1].remarks, []);

    std::fs::remove_file(dir.path().join("Acme/preRequestHook.js")).expect("a file");
    let (kind, message) = failure(dir.path());
    assert!(
        kind == ErrorKind::Config && message.contains("preRequestHook.js: the script file is missing"),
        "{message}"
    );
}

#[test]
fn scripts_that_never_were_there_are_remarked() {
    let document = json!({"name": "A", "authentication": {"type": "none"}, "hooks": [{"type": "event"}]});
    let dir = folder(&[("element.json", &document.to_string())]);
    let loaded = read(dir.path()).expect("a definition");
    assert_eq!(loaded[0].document, document);
    assert_eq!(loaded[0].remarks.iter().map(|remark| remark.code).collect::<Vec<_>>(), ["script-missing"]);
}

/// A connector as UiPath writes it.
#[test]
fn a_connector_folder_has_references_and_field_lists() {
    let document = json!({
        "name": "Acme", "authentication": {"type": "custom"},
        "hooks": [{"type": "preRequest", "bodyOrRef": true, "ref": "global.js"}],
        "resources": [
            {"method": "GET", "path": "/contacts", "standardResourceName": "contacts"},
            {"method": "POST", "path": "/contacts", "standardResourceName": "contacts"},
            {"method": "GET", "path": "/others", "standardResourceName": "others"},
        ],
    });
    let list = json!({
        "name": "contacts", "metadata": {"method": {}},
        "fields": {
            "id": {"type": "string", "primaryKey": true, "method": {"GET": {"response": true}, "POST": {"response": "true"}}},
            "email": {"type": "string", "name": "email", "method": {"POST": {"request": {"required": true}}}},
            "never": {"type": "string"},
        },
    });
    let dir = folder(&[
        ("app/element/element.json", &document.to_string()),
        ("app/element/hooks/global.js", "done();"),
        ("app/element/hooks/left.js", "done();"),
        ("app/element/standard-resources/contacts.json", &list.to_string()),
    ]);
    let loaded = read(dir.path()).expect("a connector");
    let document = &loaded[0].document;
    assert_eq!(document["hooks"][0], json!({"type": "preRequest", "body": "done();"}));
    let id = json!({"name": "id", "type": "string", "primaryKey": true, "request": false, "response": true});
    let email = json!({"type": "string", "name": "email", "request": true, "response": false});
    assert_eq!(document["resources"][0]["object"], json!({"fields": [id]}));
    assert_eq!(document["resources"][1]["object"], json!({"fields": [id, email]}));
    assert_eq!(document["resources"][2].get("object"), None);
    assert_eq!(loaded[0].remarks.len(), 1);
    assert!(loaded[0].remarks[0].message.ends_with("hooks/left.js"));
    assert!(Definition::read(document).is_ok());
}

#[test]
fn references_do_not_leave_the_folder() {
    for name in ["../secret.js", "/etc/passwd", "..", "a\\b", "missing.js"] {
        let document = json!({"name": "A", "authentication": {"type": "none"},
            "hooks": [{"type": "preRequest", "ref": name}]});
        let dir = folder(&[("in/element.json", &document.to_string()), ("in/secret.js", "x"), ("secret.js", "x")]);
        assert_eq!(failure(&dir.path().join("in")).0, ErrorKind::Config, "{name}");
    }
    let document = json!({"name": "A", "authentication": {"type": "none"},
        "hooks": [{"type": "../secret"}, {"type": "preRequest", "body": "done()"}]});
    let dir = folder(&[("in/element.json", &document.to_string()), ("secretHook.js", "x")]);
    let loaded = read(dir.path().join("in")).expect("a definition");
    assert_eq!(loaded[0].document["hooks"][0].get("body"), None);
}

#[cfg(unix)]
#[test]
fn links_do_not_leave_the_folder() {
    let document = json!({"name": "A", "authentication": {"type": "none"}, "hooks": [{"type": "preRequest"}]});
    let dir = folder(&[("in/element.json", &document.to_string()), ("in/own.js", "own"), ("secret", "secret")]);
    let script = dir.path().join("in/preRequestHook.js");
    std::os::unix::fs::symlink(dir.path().join("secret"), &script).expect("a link");
    let (kind, message) = failure(&dir.path().join("in"));
    assert!(kind == ErrorKind::Config && message.contains("leads out of the folder"), "{message}");
    std::fs::remove_file(&script).expect("a link");
    std::os::unix::fs::symlink("own.js", &script).expect("a link");
    let loaded = read(dir.path().join("in")).expect("a definition");
    assert_eq!(loaded[0].document["hooks"][0]["body"], "own");
}

#[test]
fn folders_are_named_after_the_element() {
    let folder = |name: &str| folder_name(&json!({"name": name, "key": "acme"}), &[name]);
    assert_eq!(folder("Acme / CRM - v2?"), "Acme-CRM-v2");
    assert_eq!(folder("  a|b>c "), "a-b-c");
    for reserved in ["..", "?", "a:b", "a\\b", "\u{7}"] {
        assert_eq!(folder(reserved), "acme", "{reserved}");
    }
    let extended = json!({"name": "A", "extended": true});
    assert_eq!(folder_name(&extended, &["A", "B"]), "A");
    assert_eq!(folder_name(&extended, &["A", "A"]), "A_extended");
    assert_eq!(folder_name(&named("A"), &["A", "A"]), "A");
}

/// Writes a folder and reads it again.
fn check_folder(document: &Value) {
    let dir = tempfile::tempdir().expect("a folder");
    let files = write_folder(document, dir.path()).expect("files");
    assert!(files.iter().all(|file| file.starts_with(dir.path())));
    let loaded = read(dir.path()).expect("a definition");
    assert_eq!(loaded.len(), 1);
    assert!(loaded[0].document == *document, "{:#}", loaded[0].document);
    assert_eq!(loaded[0].remarks, []);
}

#[test]
fn a_folder_returns_the_document() {
    let document = json!({
        "name": "A", "authentication": {"type": "none"},
        "hooks": [
            {"type": "preRequest", "body": "done(1)"}, {"type": "preRequest", "body": "done(2)"},
            {"type": "postRequest", "body": " "}, {"type": "event"}, {"type": "a/b", "body": "x"},
        ],
        "resources": [
            {"method": "GET", "path": "/a/{id}", "hooks": [{"type": "preRequest", "body": "done(3)"}]},
            {"method": "GET", "path": "/a/id", "hooks": [{"type": "preRequest", "body": "done(4)"}]},
            {"method": "GET", "path": "/A/id", "hooks": [{"type": "preRequest", "body": "done(3)"}]},
            {"method": "get", "path": "/a:b", "hooks": [{"type": "preRequest", "body": "done(5)\r\n\u{feff}é"}]},
        ],
    });
    check_folder(&document);
    let dir = tempfile::tempdir().expect("a folder");
    let files = write_folder(&document, dir.path()).expect("files");
    let names: Vec<String> =
        files.iter().map(|file| file.strip_prefix(dir.path()).expect("inside").display().to_string()).collect();
    assert_eq!(names, ["element.json", "preRequestHook.js", "resources/GET-a-id-preRequestHook.js"]);
}

#[test]
fn real_exports_return_from_folders() {
    let Some(definitions) = real_definitions() else { return };
    definitions.iter().for_each(|(_, document)| check_folder(document));
    let dir = tempfile::tempdir().expect("a folder");
    let names: Vec<&str> = definitions.iter().filter_map(|(_, document)| document["name"].as_str()).collect();
    for (_, document) in &definitions {
        write_folder(document, &dir.path().join(folder_name(document, &names))).expect("files");
    }
    assert_eq!(read(dir.path()).expect("a backup").len(), definitions.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_definition_returns_from_a_folder(document in any_definition()) {
        let mut document = document;
        // `null` counts as absent in scripts.
        for hook in document["resources"].as_array_mut().into_iter().flatten() {
            for hook in hook["hooks"].as_array_mut().into_iter().flatten() {
                if hook["body"].is_null() {
                    hook.as_object_mut().map(|hook| hook.shift_remove("body"));
                }
            }
        }
        check_folder(&document);
    }
}
