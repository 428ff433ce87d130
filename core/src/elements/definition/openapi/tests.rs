//! Definitions made of OpenAPI documents.

use proptest::prelude::*;

use super::*;
use crate::elements::definition::check::check;
use crate::elements::definition::document::{Definition, Pagination, Source as From, Target};
use crate::elements::definition::shapes::{Format, parse};
use crate::elements::definition::testing::{any_json_with, real_files};

const DESK: &str = r##"
openapi: 3.0.3
info: {title: Acme Desk API, version: "1", description: "Tickets and people.\nMore text."}
servers:
  - url: https://{region}.desk.example/api/
    variables: {region: {default: eu, description: Region of the account}, unused: {default: x}}
security: [{token: []}]
paths:
  /tickets:
    parameters:
      - {name: status, in: query, schema: {type: string}}
    get:
      summary: Search for tickets
      operationId: listTickets
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: per_page, in: query, required: true, schema: {type: integer, maximum: 50}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  tickets: {type: array, items: {$ref: "#/components/schemas/Ticket"}}
                  tags: {type: array, items: {type: string}}
                  total: {type: integer}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}
      responses: {"201": {content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}}
  /tickets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}}}
    head: {}
  /tickets/{id}/files:
    post:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [note]
              properties: {note: {type: string}, file: {type: string, format: binary}}
  /events:
    get:
      parameters: [{name: after, in: query, schema: {type: string}}]
      responses:
        "200":
          content:
            application/json:
              schema:
                properties:
                  data: {type: array, items: {type: object, properties: {id: {type: string}}}}
                  paging: {type: object, properties: {next: {type: string, format: uri}}}
  /report:
    get:
      responses: {"200": {content: {application/xml: {schema: {type: string}}}}}
  /me:
    get: {responses: {"200": {description: ok}}}
components:
  securitySchemes:
    other: {type: mutualTLS}
    token: {type: http, scheme: bearer}
  schemas:
    Ticket:
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - type: object
          properties: {subject: {type: [string, "null"]}, parent: {$ref: "#/components/schemas/Ticket"}}
    Base: {type: object, required: [id], properties: {id: {type: integer, format: int64}}}
"##;

fn desk() -> Generated {
    let source = parse(DESK, Format::Yaml).expect("YAML");
    definition(&source, &Naming { hub: Some("helpdesk".to_owned()), ..Naming::default() }).expect("a definition")
}

fn resource<'v>(document: &'v Value, method: &str, path: &str) -> &'v Value {
    let resources = document["resources"].as_array().expect("resources");
    let path = format!("/hubs/helpdesk{path}");
    resources.iter().find(|one| one["method"] == method && one["path"] == path.as_str()).expect("a resource")
}

#[test]
fn a_definition_reads_and_has_no_remarks() {
    let generated = desk();
    let report = check(&generated.document);
    assert_eq!((report.problems, report.remarks), (Vec::new(), Vec::new()));
    let definition = Definition::read(&generated.document).expect("a definition");
    assert_eq!((definition.key.as_str(), definition.hub.as_str()), ("acmedeskapi", "helpdesk"));
    assert_eq!(definition.description, "Tickets and people.");
    assert_eq!(definition.authentication, "custom");
    let values: Vec<_> =
        definition.configuration.iter().map(|one| (one.key.as_str(), one.default.as_deref())).collect();
    let expected = [
        ("base.url", Some("https://{region}.desk.example/api")),
        ("region", Some("eu")),
        ("api.key", None),
        ("pagination.type", Some("page")),
        ("pagination.max", Some("50")),
    ];
    assert_eq!(values, expected);
    let token = &definition.parameters[0];
    assert_eq!((token.name.as_str(), token.vendor_name.as_str()), ("Bearer ${configuration.api.key}", "Authorization"));
}

#[test]
fn lists_have_paging_roots_and_models() {
    let generated = desk();
    let tickets = resource(&generated.document, "GET", "/tickets");
    assert_eq!((&tickets["rootKey"], &tickets["operationId"]), (&json!("|tickets"), &json!("listTickets")));
    let named = |resource: &Value| -> Vec<(String, String, bool)> {
        let parameters = resource["parameters"].as_array().expect("parameters").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        parameters.map(|one| (text(&one["name"]), text(&one["vendorName"]), one["required"] == true)).collect()
    };
    let entry = |name: &str, vendor: &str, required| (name.to_owned(), vendor.to_owned(), required);
    let expected = [
        entry("status", "status", false),
        entry("page", "page", false),
        entry("pageSize", "per_page", false),
        entry("X-Trace", "X-Trace", false),
    ];
    assert_eq!(named(tickets), expected);
    let model = &tickets["model"];
    assert_eq!(model["name"], "TicketList");
    assert_eq!(model["swagger"]["TicketList"], json!({"type": "array", "items": {"$ref": "#/definitions/Ticket"}}));
    let ticket = json!({"type": "object", "properties": {
        "id": {"type": "integer", "format": "int64"},
        "subject": {"type": "string"},
        "parent": {"$ref": "#/definitions/Ticket"},
    }});
    assert_eq!(model["swagger"]["Ticket"], ticket);
    let events = resource(&generated.document, "GET", "/events");
    assert_eq!((&events["rootKey"], &events["nextPageKey"]), (&json!("|data"), &json!("body.paging.next?after")));
    assert_eq!(named(events), [entry("nextPage", "after", false)]);
    assert_eq!(
        generated.document["objects"],
        json!([{"name": "tickets", "primaryKeyName": "id"}, {"name": "events", "primaryKeyName": "id"}])
    );
}

#[test]
fn bodies_forms_and_other_media_types_are_sent() {
    let generated = desk();
    let definition = Definition::read(&generated.document).expect("a definition");
    let of = |method: &str, path: &str| {
        let is_it =
            |one: &&crate::elements::definition::document::DefinedResource| one.method == method && one.path == path;
        definition.resources.iter().find(is_it).expect("a resource")
    };
    let post = of("POST", "/tickets");
    assert_eq!((post.parameters[1].from, post.parameters[1].required), (From::Body, true));
    assert_eq!(post.parameters[1].data_type, "Ticket");
    assert_eq!(post.model.as_ref().and_then(|model| model.request_name.as_deref()), Some("Ticket"));
    let files = of("POST", "/tickets/{id}/files");
    let targets: Vec<_> = files.parameters.iter().map(|one| (one.name.as_str(), one.to, one.required)).collect();
    let expected = [
        ("id", Some(Target::Path), true),
        ("note", Some(Target::Multipart), true),
        ("file", Some(Target::File), false),
    ];
    assert_eq!(targets, expected);
    let report = of("GET", "/report");
    assert_eq!((report.parameters[0].name.as_str(), report.pagination), ("application/xml", Pagination::Vendor));
}

#[test]
fn guesses_are_said() {
    let notes = desk().notes;
    for expected in [
        "of 2 security schemes, token is used",
        "GET /tickets: per_page is taken for pageSize",
        "GET /tickets: the records are taken from tickets",
        "GET /events: the next cursor is taken from body.paging.next?after",
        "operations of the methods head were left out",
        "the credentials are checked by GET /me when an instance is created",
    ] {
        assert!(notes.iter().any(|note| note == expected), "{expected}: {notes:?}");
    }
}

#[test]
fn swagger_two_is_read() {
    let source = json!({
        "swagger": "2.0", "info": {"title": "Acme"}, "host": "api.acme.example", "basePath": "/v1", "schemes": ["http", "https"],
        "securityDefinitions": {"o": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a.example/x",
            "tokenUrl": "https://a.example/t", "scopes": {"read": "", "write": ""}}},
        "paths": {"/things": {
            "get": {"parameters": [{"name": "offset", "in": "query", "type": "integer"}, {"name": "limit", "in": "query", "type": "integer"}],
                "responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Thing"}}}}},
            "post": {"consumes": ["application/x-www-form-urlencoded"], "parameters": [{"name": "a", "in": "formData", "type": "string", "required": true}]},
            "put": {"parameters": [{"name": "thing", "in": "body", "schema": {"$ref": "#/definitions/Thing"}}]},
        }},
        "definitions": {"Thing": {"properties": {"uuid": {"type": "string"}}}},
    });
    let Generated { document, .. } = definition(&source, &Naming::default()).expect("a definition");
    assert_eq!(document["authentication"]["type"], "oauth2");
    let definition = Definition::read(&document).expect("a definition");
    let value =
        |key: &str| definition.configuration.iter().find(|one| one.key == key).and_then(|one| one.default.clone());
    assert_eq!(value("base.url").as_deref(), Some("https://api.acme.example/v1"));
    assert_eq!(
        (value("oauth.token.url").as_deref(), value("oauth.scope").as_deref()),
        (Some("https://a.example/t"), Some("read write"))
    );
    assert_eq!(value("pagination.type").as_deref(), Some("offset"));
    let names = |method: &str| {
        let resource =
            definition.resources.iter().find(|one| one.method == method && one.path == "/things").expect("a resource");
        resource.parameters.iter().map(|one| format!("{}:{:?}", one.name, one.from)).collect::<Vec<_>>()
    };
    assert_eq!(names("GET"), ["page:Query", "pageSize:Query"]);
    assert_eq!(names("POST"), ["a:Form"]);
    assert_eq!(names("PUT"), ["body:Body"]);
    assert_eq!(document["objects"], json!([{"name": "things", "primaryKeyName": "uuid"}]));
    assert_eq!(check(&document).problems, []);
}

#[test]
fn schemes_become_authentication() {
    let of = |scheme: Value| {
        let source = json!({
            "openapi": "3.1.0", "info": {"title": "A"}, "components": {"securitySchemes": {"s": scheme}},
            "paths": {"/a": {"get": {}}},
        });
        let Generated { document, .. } = definition(&source, &Naming::default()).expect("a definition");
        let parameter = document["parameters"].get(0).cloned().unwrap_or_default();
        (document["authentication"]["type"].clone(), parameter["vendorType"].clone(), parameter["vendorName"].clone())
    };
    let flow = json!({"tokenUrl": "https://a.example/t", "scopes": {}});
    assert_eq!(of(json!({"type": "http", "scheme": "Basic"})), (json!("basic"), Value::Null, Value::Null));
    let key = json!({"type": "apiKey", "in": "query", "name": "k"});
    assert_eq!(of(key), (json!("customApiKey"), json!("query"), json!("k")));
    let cookie = json!({"type": "apiKey", "in": "cookie", "name": "k"});
    assert_eq!(of(cookie), (json!("custom"), json!("header"), json!("Cookie")));
    let credentials = json!({"type": "oauth2", "flows": {"clientCredentials": flow}});
    assert_eq!(of(credentials).0, "oauth2ClientCredentials");
    assert_eq!(of(json!({"type": "oauth2", "flows": {"implicit": flow}})).0, "none");
    let signed =
        json!({"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"});
    assert_eq!(of(signed), (json!("awsv4"), Value::Null, Value::Null));
    assert_eq!(of(json!({"type": "mutualTLS"})).0, "none");
}

/// The documents that the hosted platform made of its elements.
#[test]
fn real_documents_become_definitions() {
    let Some(documents) = real_files("swagger.json") else { return };
    for (name, source) in documents {
        let Generated { document, .. } = definition(&source, &Naming::default()).expect(&name);
        assert_eq!(check(&document).problems, [], "{name}");
        let resources = Definition::read(&document).expect("a definition").resources.len();
        let operations =
            source["paths"].as_object().expect("paths").values().flat_map(|item| item.as_object()).flatten();
        let operations = operations.filter(|(method, _)| *method != "parameters").count();
        // One more, which checks the credentials.
        assert!(resources == operations || resources == operations + 1, "{name}: {resources} of {operations}");
    }
}

#[test]
fn schemas_that_contain_themselves_end() {
    let source = json!({
        "openapi": "3.0.0", "info": {"title": "A"},
        "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {
            "A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}], "properties": {"a": {"$ref": "#/components/schemas/A"}}},
            "B": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}], "properties": {"b": {}}},
            "C": {"$ref": "#/components/schemas/C"},
        }},
    });
    let Generated { document, .. } = definition(&source, &Naming::default()).expect("a definition");
    let swagger = &document["resources"][0]["model"]["swagger"];
    assert_eq!(swagger["A"]["properties"]["b"], json!({"type": "object"}));
    assert_eq!(swagger["A"]["properties"]["a"], json!({"$ref": "#/definitions/A"}));
}

#[test]
fn other_documents_are_refused() {
    for source in [json!({}), json!({"openapi": "2.0"}), json!([]), json!({"openapi": "3.0.0", "paths": {"/a": {}}})] {
        assert_eq!(definition(&source, &Naming::default()).expect_err("an error").kind(), ErrorKind::Config);
    }
}

const KEYS: &[&str] = &[
    "name",
    "in",
    "schema",
    "type",
    "properties",
    "items",
    "allOf",
    "$ref",
    "required",
    "content",
    "application/json",
    "multipart/form-data",
    "200",
    "responses",
    "requestBody",
    "parameters",
    "url",
    "flows",
    "password",
    "scopes",
    "description",
    "operationId",
    "summary",
    "enum",
    "format",
    "a",
    "~/",
];

proptest! {
    /// Documents with wrong types everywhere: a definition without problems of type, or a refusal, but no panic.
    #[test]
    fn any_paths_are_read_or_refused(
        item in any_json_with(KEYS),
        schemas in any_json_with(KEYS),
        schemes in any_json_with(KEYS),
    ) {
        let source = json!({
            "openapi": "3.0.0", "info": {"title": "A"}, "servers": [item], "security": [schemes],
            "paths": {"/a/{id}": {"get": item, "post": {"requestBody": schemas, "parameters": [item], "responses": {"200": schemas}}}},
            "components": {"schemas": schemas, "securitySchemes": schemes},
        });
        if let Ok(generated) = definition(&source, &Naming::default()) {
            let problems = check(&generated.document).problems;
            prop_assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
