//! Comparison with the documents that the hosted platform made of real definitions (spec E 8.16).

#![allow(clippy::print_stdout, clippy::print_stderr)] // what was compared, and what was skipped

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::elements::definition::document::Definition;

/// Differences that are expected, with the reason.
const EXPECTED: &[(&str, &str)] = &[
    ("discordbot response POST /guilds/{guild.id}/channels", "the recorded one refers to no definition"),
    ("discordbot response PATCH /guilds/{guild.id}/embed", "the recorded one refers to no definition"),
    ("discordbot response PATCH /guilds/{guild.id}/emojis/{emoji.id}", "the recorded one refers to no definition"),
    ("discordbot definition guildsChannelsPatchReq", "the recorded items have a type that is no type of Swagger"),
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ELEMENTKIT_ELEMENTS_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED: ELEMENTKIT_ELEMENTS_DIR is not set");
    }
    folder
}

fn document(path: &Path) -> Option<Value> {
    Some(serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap())
}

/// Returns key, definition and recorded document of every element that has one.
fn recorded(folder: &Path) -> Vec<(String, Definition, Value)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let (Some(element), Some(swagger)) =
            (document(&path.join("element.json")), document(&path.join("swagger.json")))
        else {
            continue;
        };
        let definition = Definition::read(&element).unwrap();
        all.push((entry.file_name().to_string_lossy().into_owned(), definition, swagger));
    }
    assert!(all.len() > 15, "{} elements", all.len());
    all
}

/// Returns the operations of a document by verb and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().unwrap().iter();
    let verbs = paths.flat_map(|(path, verbs)| verbs.as_object().unwrap().iter().map(move |verb| (path.trim(), verb)));
    verbs.map(|(path, (verb, operation))| (format!("{} {path}", verb.to_uppercase()), operation)).collect()
}

/// Returns the comparable form of the parameters. `fields` and the version header came with newer documents.
fn parameters(operation: &Value) -> BTreeSet<String> {
    let all = operation["parameters"].as_array().unwrap().iter();
    let compared = all.filter(|one| one["name"] != "fields" && one["name"] != "Elements-Version");
    let form = |one: &Value| {
        let kind = if one["schema"].is_null() { &one["type"] } else { &one["schema"] };
        json!([one["name"], one["in"], one["required"] == true, kind, one["format"]]).to_string()
    };
    compared.map(form).collect()
}

#[test]
fn documents_equal_the_recorded_ones() {
    let Some(folder) = folder() else { return };
    let (mut different, mut compared) = (BTreeSet::new(), BTreeMap::<&str, usize>::new());
    for (key, definition, theirs) in recorded(&folder) {
        let ours = swagger(&definition, 7);
        let own: BTreeSet<String> =
            definition.resources.iter().map(|one| format!("{} {}", one.method, one.path)).collect();
        let mut note = |what: &'static str, about: &str, equal: bool| {
            *compared.entry(what).or_default() += 1;
            if !equal {
                different.insert(format!("{key} {what} {about}"));
            }
        };
        let (mine, recorded) = (operations(&ours), operations(&theirs));
        for call in mine.keys().chain(recorded.keys()).collect::<BTreeSet<_>>() {
            note("operation", call, mine.contains_key(call) && recorded.contains_key(call));
        }
        for (call, operation) in &mine {
            let Some(recorded) = recorded.get(call) else { continue };
            note("name", call, operation["operationId"] == recorded["operationId"]);
            note("parameters", call, parameters(operation) == parameters(recorded));
            note("tags", call, operation["tags"] == recorded["tags"]);
            if own.contains(call) {
                let schema = |one: &Value| one["responses"]["200"]["schema"].clone();
                note("response", call, schema(operation) == schema(recorded));
                note("summary", call, operation["summary"] == recorded["summary"]);
            }
        }
        let (mine, recorded) = (ours["definitions"].as_object().unwrap(), theirs["definitions"].as_object().unwrap());
        let models = schemas::definitions(schemas::documented(&definition));
        for name in mine.keys().chain(recorded.keys()).collect::<BTreeSet<_>>() {
            note("definition name", name, mine.contains_key(name) && recorded.contains_key(name));
            if let (Some(model), Some(recorded)) = (models.get(name), recorded.get(name)) {
                note("definition", name, model == recorded);
            }
        }
    }
    println!("compared: {compared:?}; different: {}", different.len());
    let unexpected: Vec<&String> =
        different.iter().filter(|one| !EXPECTED.iter().any(|(text, _)| text == one)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    let gone: Vec<_> = EXPECTED.iter().filter(|(text, _)| !different.contains(*text)).collect();
    assert!(gone.is_empty(), "equal by now: {gone:?}");
}

#[test]
fn references_lead_somewhere() {
    let Some(folder) = folder() else { return };
    for (key, definition, _) in recorded(&folder) {
        let document = swagger(&definition, 7);
        for (call, operation) in operations(&document) {
            let schema = &operation["responses"]["200"]["schema"];
            let target = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str());
            if let Some(name) = target.and_then(|target| target.strip_prefix("#/definitions/")) {
                assert!(document["definitions"].get(name).is_some(), "{key} {call}: {name}");
            }
        }
    }
}

#[test]
fn fields_of_every_object_are_found() {
    let Some(folder) = folder() else { return };
    let mut described = 0;
    for (key, definition, _) in recorded(&folder) {
        for object in schemas::documented(&definition).map(object_of).collect::<BTreeSet<_>>() {
            let fields = metadata(&definition, &object);
            let names: BTreeSet<&String> = fields.iter().map(|field| &field.vendor_path).collect();
            assert_eq!(names.len(), fields.len(), "{key} {object}");
            assert!(
                fields.iter().all(|field| !field.method.is_empty() && !field.vendor_path.is_empty()),
                "{key} {object}"
            );
            described += usize::from(!fields.is_empty());
        }
    }
    assert!(described > 50, "{described}");
}

/// The order and the methods of fields, with an invented definition (spec E 8.9 to 8.11).
#[test]
fn fields_come_from_responses_then_requests_then_lists() {
    let resource = |method: &str, path: &str, name: &str, response: Value, request: Value| {
        json!({"method": method, "path": format!("/hubs/crm{path}"), "type": "api",
            "model": {"name": name, "swagger": response, "requestName": format!("{name}Send"), "requestSwagger": request}})
    };
    let text = json!({ "type": "string" });
    let person = json!({"deal": {"properties": {
        "id": {"type": "integer", "x-primary-key": true}, "owner": {"type": "person"}, "lines": {"type": "array", "items": {"type": "line"}},
    }}, "person": {"properties": {"name": text, "boss": {"type": "person"}}}, "line": {"properties": {"count": {"type": "integer"}}}});
    let list = json!({"deals": {"type": "array", "items": {"type": "dealsObject"}},
        "dealsObject": {"properties": {"id": {"type": "integer"}, "closed": {"type": "string", "format": "date-time", "x-mask": "yyyy"}}}});
    let send = json!({"dealSend": {"properties": {"note": text, "owner": {"type": "person"}}}, "person": {"properties": {"name": text}}});
    let document = json!({"name": "Deals", "authentication": {"type": "none"}, "hub": "crm", "resources": [
        resource("GET", "/deals", "deals", list, json!(null)),
        resource("GET", "/deals/{id}", "deal", person.clone(), json!(null)),
        resource("POST", "/deals", "deal", person, send),
    ]});
    let definition = Definition::read(&document).unwrap();
    let fields = metadata(&definition, "deals");
    let paths: Vec<&str> = fields.iter().map(|field| &*field.vendor_path).collect();
    assert_eq!(paths, ["id", "lines[*].count", "owner.name", "note", "closed"]);
    let shown = serde_json::to_value(&fields).unwrap();
    assert_eq!(
        shown[0]["method"],
        json!([{"name": "GET", "response": true}, {"name": "POST", "response": true, "request": false}])
    );
    assert_eq!(shown[2]["method"][1], json!({"name": "POST", "response": true, "request": true}));
    assert_eq!(shown[3]["method"], json!([{"name": "POST", "response": false, "request": true}]));
    assert_eq!(
        (&shown[0]["type"], &shown[0]["primaryKey"], &shown[0]["createable"]),
        (&json!("number"), &json!(true), &json!(false))
    );
    assert_eq!((&shown[4]["type"], &shown[4]["mask"]), (&json!("date"), &json!("yyyy")));
    let document = object_document(&definition, 3, "deals").unwrap();
    assert_eq!(document["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/deals", "/deals/{id}"]);
    assert!(document["definitions"].get("Pong").is_none() && document["definitions"].get("person").is_some());
    assert!(object_document(&definition, 3, "orders").is_none());
}

#[test]
fn the_worked_example_is_described() {
    let document = json!({"key": "acmedesk", "name": "Acme Desk", "hub": "helpdesk", "authentication": {"type": "custom"}, "resources": [
        {"method": "GET", "path": "/hubs/helpdesk/auth-validation", "type": "provisionAuthValidation"},
        {"method": "GET", "path": "/hubs/helpdesk/tickets", "description": "Search for tickets",
         "model": {"name": "ticketsList", "swagger": {"ticketsList": {"type": "array", "items": {"type": "ticketsListObject"}},
            "ticketsListObject": {"properties": {"id": {"type": "integer"}}}}},
         "parameters": [{"name": "where", "type": "query"}, {"name": "page", "type": "query"}, {"name": "pageSize", "type": "query", "dataType": "integer"}]},
        {"method": "PATCH", "path": "/hubs/helpdesk/tickets/{id}", "parameters": [{"name": "id", "type": "path"}, {"name": "body", "type": "body", "required": true}]},
    ]});
    let document = swagger(&Definition::read(&document).unwrap(), 3);
    let get = &document["paths"]["/tickets"]["get"];
    let names: Vec<&str> =
        get["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Authorization", "where", "nextPage", "pageSize", "fields"]);
    assert_eq!(get["parameters"][3]["format"], "int64");
    assert_eq!(get["operationId"], "getTickets");
    assert_eq!(
        get["responses"]["200"]["schema"],
        json!({"type": "array", "items": {"$ref": "#/definitions/ticketsListObject"}})
    );
    let patch = &document["paths"]["/tickets/{id}"]["patch"];
    assert_eq!(
        (&patch["operationId"], &patch["parameters"][2]["type"]),
        (&json!("updateTicketById"), &json!("string"))
    );
    assert!(
        document["definitions"].get("ticketsList").is_none() && document["paths"].get("/auth-validation").is_none()
    );
    assert!(document["paths"].get("/bulk/jobs").is_none() && document["paths"].get("/{objectName}").is_some());
}
