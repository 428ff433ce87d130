//! `elementkit elements check`, `schema` and `new`, as an author calls them.

use serde_json::{Value, json};

use crate::support::World;

fn world(files: &[(&str, &str)]) -> World {
    let world = World::new("http://127.0.0.1:9");
    for (name, content) in files {
        let file = world.path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    world
}

const WRONG: &str = r#"{
    "name": "Acme", "authentication": {"type": "awsv2"},
    "resources": [{"method": "FETCH", "path": "/a", "kind": "java"}]
}"#;
const RIGHT: &str = "name: Right\nauthentication: {type: none}\n";

#[test]
fn a_check_reports_problems_remarks_and_hints() {
    let world = world(&[("acme/element.json", WRONG), ("right.yaml", RIGHT)]);
    let ended = world.run(&["elements", "check", "acme", "right.yaml"]);
    assert_eq!(ended.code, Some(5));
    for expected in [
        "acme/element.json: Acme",
        "  problem /resources/0/method: expected GET, POST, PUT, PATCH or DELETE",
        "  remark /authentication/type: the authentication type awsv2 is not available",
        "    hint: if the vendor accepts an API key or OAuth 2 as well",
        "  1 × java-kind: stored; a call returns 404",
        "right.yaml: Right\n  no problems, and everything in it runs",
    ] {
        assert!(ended.out.contains(expected), "{expected}\n{}", ended.out);
    }
    assert_eq!(ended.err, "error: acme/element.json cannot be imported\n");
    assert!(!world.path("test.db").exists(), "a check needs no database");

    let ended = world.run(&["elements", "check", "--json", "acme", "right.yaml"]);
    assert_eq!(ended.code, Some(5));
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let problem = json!({
        "pointer": "/resources/0/method", "code": "type", "message": "expected GET, POST, PUT, PATCH or DELETE",
    });
    assert_eq!(report[0]["problems"], json!([problem]));
    let codes: Vec<_> = report[0]["remarks"].as_array().unwrap().iter().map(|remark| &remark["code"]).collect();
    assert_eq!(codes, ["authentication", "java-kind"]);
    assert_eq!(report[1], json!({"file": "right.yaml", "key": null, "name": "Right", "problems": [], "remarks": []}));
    assert_eq!(world.run(&["elements", "check", "right.yaml"]).code, Some(0));
}

#[test]
fn a_check_against_a_platform_reports_its_keys() {
    let taken = "name: Other\nkey: brighttalk\nauthentication: {type: none}\n";
    let world = world(&[("right.yaml", RIGHT), ("taken.yaml", taken)]);
    let check = |file: &str| world.run(&["--database", "here.db", "elements", "check", file]);
    let ended = check("right.yaml");
    assert_eq!((ended.code, ended.out.contains("no problems")), (Some(0), true), "{}{}", ended.out, ended.err);
    assert_eq!(world.run(&["--database", "here.db", "elements", "import", "right.yaml"]).code, Some(0));
    let ended = check("right.yaml");
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.contains("remark /key: the platform has an element with the key right"), "{}", ended.out);
    let ended = check("taken.yaml");
    assert_eq!(ended.code, Some(5));
    assert!(
        ended.out.contains("problem /key: the key brighttalk belongs to an element of the platform"),
        "{}",
        ended.out
    );
    let without = world.run(&["elements", "check", "taken.yaml"]);
    assert_eq!((without.code, without.out.contains("brighttalk belongs")), (Some(0), false));
}

#[test]
fn files_that_are_no_definitions_are_named() {
    let world = world(&[("broken.json", "{\"name\": "), ("number.json", "7"), ("empty/readme.txt", "")]);
    for (path, code, text) in [
        ("broken.json", 5, "broken.json: EOF"),
        ("number.json", 5, "number.json: it has no element definition"),
        ("empty", 5, "empty: there is no element.json in it"),
        ("missing.json", 8, "missing.json cannot be read"),
    ] {
        let ended = world.run(&["elements", "check", path]);
        assert_eq!(ended.code, Some(code), "{path}: {}", ended.err);
        assert!(ended.err.contains(text), "{path}: {}", ended.err);
    }
    assert_eq!(world.run(&["elements", "check"]).code, Some(2));
    assert_eq!(world.run(&["--database", "x.db", "elements", "schema"]).code, Some(2), "it needs no database");
}

#[test]
fn the_schema_is_the_published_one() {
    let printed = world(&[]).text(&["elements", "schema"]);
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/element-definition.schema.json");
    assert!(printed == std::fs::read_to_string(published).unwrap());
}

const OPENAPI: &str = r##"
openapi: 3.1.0
info: {title: Acme Desk}
servers: [{url: "https://acme.example/api"}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
paths:
  /tickets:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer}}, {name: offset, in: query, schema: {type: integer}}]
      responses: {"200": {content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}
"##;

#[test]
fn a_definition_is_made_of_an_openapi_document() {
    let world = world(&[("desk.yaml", OPENAPI)]);
    let ended = world.run(&["elements", "new", "--openapi", "desk.yaml", "--hub", "helpdesk"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.contains("Wrote acmedesk.json."), "{}", ended.out);
    assert!(ended.err.contains("GET /tickets: limit is taken for pageSize\n"), "{}", ended.err);
    let document: Value = serde_json::from_slice(&std::fs::read(world.path("acmedesk.json")).unwrap()).unwrap();
    assert_eq!(document["resources"][1]["path"], "/hubs/helpdesk/tickets");
    assert_eq!(world.run(&["elements", "check", "acmedesk.json"]).code, Some(0));

    let again = ["elements", "new", "--openapi", "desk.yaml", "--name", "Acme Desk"];
    assert_eq!(world.run(&again).code, Some(2), "a file is not replaced");
    assert_eq!(world.run(&[&again[..], &["--force"]].concat()).code, Some(0));
    let printed = world.text(&[&again[..], &["--output", "-", "--key", "other"]].concat());
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap()["key"], "other");
    std::fs::write(world.path("no.json"), "{}").unwrap();
    let ended = world.run(&["elements", "new", "--openapi", "no.json"]);
    assert_eq!(ended.code, Some(5));
    assert!(ended.err.contains("neither OpenAPI 3 nor Swagger 2.0"), "{}", ended.err);
}

#[test]
fn a_definition_is_made_of_options() {
    let world = world(&[]);
    let base = ["elements", "new", "--name", "Acme Desk", "--url", "https://acme.example/api"];
    let ended = world.run(&base);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("--list"), "{}", ended.err);
    let full = ["--list", "/tickets", "--root", "data", "--credentials", "header", "--parameter", "X-Key"];
    assert_eq!(world.run(&[&base[..], &full[..]].concat()).code, Some(0));
    assert_eq!(world.run(&["elements", "check", "acmedesk.json"]).code, Some(0));
    let document: Value = serde_json::from_slice(&std::fs::read(world.path("acmedesk.json")).unwrap()).unwrap();
    assert_eq!(document["parameters"][0]["vendorName"], "X-Key");
    assert_eq!(document["resources"][0]["rootKey"], "|data");
    let other = world.run(&[&base[..], &["--list", "/a", "--credentials", "magic"]].concat());
    assert_eq!(other.code, Some(2));
}

#[test]
fn definitions_are_imported_replaced_exported_and_removed() {
    let hook = r#"{"name": "Acme Desk", "hub": "helpdesk", "authentication": {"type": "none"}, "stray": 1,
        "hooks": [{"type": "preRequest", "body": "done();"}]}"#;
    let world = world(&[("acme.json", hook), ("right.yaml", RIGHT), ("wrong.json", WRONG)]);
    let ended = world.run(&["elements", "import", "acme.json", "wrong.json"]);
    assert_eq!((ended.code, &*ended.out), (Some(5), ""), "nothing is imported if one of them is wrong");
    assert!(ended.err.contains("wrong.json: /resources/0/method: expected"), "{}", ended.err);

    let ended = world.run(&["elements", "import", "acme.json", "right.yaml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.starts_with("imported acmedesk, id ") && ended.out.contains("\nimported right, id "));
    let ended = world.run(&["elements", "import", "acme.json"]);
    assert!(ended.code == Some(5) && ended.err.contains("--replace"), "{:?} {}", ended.code, ended.err);
    let ended = world.run(&["elements", "import", "--replace", "--json", "acme.json"]);
    let elements: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&elements[0]["key"], &elements[0]["revision"]), (&json!("acmedesk"), &json!(2)));

    let listed = world.run(&["elements", "list"]).out;
    assert!(listed.contains("brighttalk") && listed.contains("acmedesk") && listed.contains("right"), "{listed}");
    let exported: Value = serde_json::from_str(&world.run(&["elements", "export", "acmedesk"]).out).unwrap();
    assert_eq!((&exported["stray"], &exported["hooks"][0]["body"]), (&json!(1), &json!("done();")));
    let ended = world.run(&["elements", "export", "acmedesk", "--folder", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(world.path("out/Acme-Desk/element.json").is_file());
    assert_eq!(std::fs::read_to_string(world.path("out/Acme-Desk/preRequestHook.js")).unwrap(), "done();");

    assert_eq!(world.run(&["elements", "remove", "acmedesk"]).out, "removed acmedesk\n");
    assert_eq!(world.run(&["elements", "remove", "acmedesk"]).code, Some(4));
    let ended = world.run(&["elements", "import", "out"]);
    assert_eq!(ended.code, Some(0), "what was exported can be imported: {}", ended.err);
}
