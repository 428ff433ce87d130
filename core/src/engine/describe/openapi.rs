//! OpenAPI 3.1 document (spec P 16.9).

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::parameters::Parameter;
use super::schemas::Records;
use super::{FILES, Operation, in_hub, path_names, schemas};
use crate::element::Element;
use crate::engine::contract::{Auth, Form, Media, PREFIX};
use crate::engine::options::EngineOptions;
use crate::engine::router::Routes;

const SCHEMAS: &str = "#/components/schemas/";

/// Returns the document of every call that these options allow.
pub(crate) fn document(options: &EngineOptions, routes: &Routes) -> Value {
    let elements: Vec<&dyn Element> = routes.elements().iter().map(|known| &*known.element).collect();
    let records = Records::of(elements.iter().copied());
    let mut documented = Map::new();
    for operation in super::all(routes.documented(|_| true), &records, options.published_only) {
        let path = &operation.route.path;
        if operation.route.form != Form::Hub {
            add(&mut documented, format!("{PREFIX}{path}"), &operation, false);
        }
        if in_hub(&operation) {
            add(&mut documented, format!("{PREFIX}/hubs/{{hub}}{path}"), &operation, true);
        }
    }
    add_server_paths(&mut documented);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ElementKit",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": format!("The element platform, API v2, with the {}.", names(&elements)),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": documented,
        "components": {
            "schemas": schemas::all(SCHEMAS, &elements, &records),
            "responses": failures(),
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// Returns the names of the elements, as in `elements A and B`.
fn names(elements: &[&dyn Element]) -> String {
    let names: Vec<&str> = elements.iter().map(|element| &*element.info().name).collect();
    match names.as_slice() {
        [only] => format!("{only} element"),
        [names @ .., last] => format!("elements {} and {last}", names.join(", ")),
        [] => "catalogue".to_owned(),
    }
}

fn add(documented: &mut Map<String, Value>, path: String, operation: &Operation<'_>, hub: bool) {
    let item = documented.entry(path).or_insert_with(|| json!({}));
    item[operation.method.as_str().to_ascii_lowercase()] = described(operation, hub);
}

fn described(operation: &Operation<'_>, hub: bool) -> Value {
    let names = hub.then_some("hub").into_iter().chain(path_names(&operation.route.path));
    let parameters = names.map(path_parameter).chain(operation.parameters.iter().copied().map(parameter));
    let mut view = json!({
        "operationId": if hub { format!("{}InHub", operation.id) } else { operation.id.clone() },
        "summary": operation.summary,
        "description": format!("Section {} of the platform specification.", operation.route.section),
        "tags": [operation.tag()],
        "security": security(operation.auth),
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses(operation),
    });
    if let Some(body) = &operation.body {
        let schema = schemas::of(SCHEMAS, &body.schema);
        let media_type = if operation.media == Media::Any { "*/*" } else { "application/json" };
        let mut content = Map::from_iter([(media_type.to_owned(), json!({"schema": schema}))]);
        if operation.media == Media::Form {
            let form = json!({"schema": {"type": "object"}});
            content.insert("multipart/form-data".to_owned(), form.clone());
            content.insert("application/x-www-form-urlencoded".to_owned(), form);
        }
        view["requestBody"] = json!({"required": body.required, "content": content});
    }
    view
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
}

fn parameter(parameter: Parameter<'_>) -> Value {
    let schema = match parameter.kind {
        "strings" => json!({"type": "array", "items": {"type": "string"}}),
        "positive" => json!({"type": "integer", "minimum": 1}),
        "whole" => json!({"type": "integer", "minimum": 0}),
        "version" => json!({"type": "integer", "minimum": -1}),
        kind => json!({"type": kind}),
    };
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": false,
        "description": parameter.doc,
        "schema": schema,
    })
}

fn responses(operation: &Operation<'_>) -> Value {
    let mut responses = Map::new();
    if let Some(answer) = &operation.answer {
        responses.insert("200".to_owned(), success(operation, answer));
    }
    for status in &operation.failures {
        let response = match status {
            206 => json!({
                "description": "A part of the file.",
                "headers": shown(&["Elements-Request-Id"]),
                "content": files(),
            }),
            status => json!({"$ref": format!("#/components/responses/{status}")}),
        };
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn success(operation: &Operation<'_>, answer: &str) -> Value {
    let mut shown_headers = vec!["Elements-Request-Id", "Elements-Error", "Elements-Warnings"];
    if matches!(operation.auth, Auth::Element | Auth::Resource) {
        shown_headers.push("Elements-Element-Instance-Id");
    }
    if operation.has("nextPage") {
        shown_headers.extend(["Elements-Returned-Count", "Elements-Next-Page-Token"]);
    }
    if operation.has("returnCount") {
        shown_headers.push("Elements-Total-Count");
    }
    let mut response = json!({"description": "Success.", "headers": shown(&shown_headers)});
    match answer {
        "" => {}
        "FILE" => response["content"] = files(),
        _ if operation.media == Media::Any => response["content"] = json!({"*/*": {}}),
        answer => {
            if operation.media == Media::List {
                response["content"] = files();
            }
            response["content"]["application/json"] = json!({"schema": schemas::of(SCHEMAS, answer)});
        }
    }
    response
}

fn files() -> Value {
    FILES.iter().map(|kind| ((*kind).to_owned(), json!({}))).collect::<Map<_, _>>().into()
}

fn shown(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect::<Map<_, _>>()
        .into()
}

fn headers() -> Value {
    let header = |doc: &str, kind: &str| json!({"description": doc, "schema": {"type": kind}});
    json!({
        "Elements-Request-Id": {
            "description": "Names the call; 24 hexadecimal characters.",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
        },
        "Elements-Element-Instance-Id": header("The instance of the Element token.", "integer"),
        "Elements-Returned-Count": header("Number of items in this response.", "integer"),
        "Elements-Total-Count": header("Total number of items, if requested.", "integer"),
        "Elements-Next-Page-Token": header("The token of the next page.", "string"),
        "Elements-Error": header("What of the request was ignored or adjusted, or is probably a mistake.", "string"),
        "Elements-Warnings": header("The same as a JSON array of objects with code, message, field and suggestion.", "string"),
        "Retry-After": header("Seconds to wait.", "integer"),
        "Elements-Vendor-Unreachable": header("Present when no connection to the vendor could be made.", "boolean"),
    })
}

fn failures() -> Value {
    let all = [400, 401, 403, 404, 406, 409, 413, 415, 416, 429, 431, 500, 502, 503, 504, 507];
    let responses = all.into_iter().map(|status: u16| {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let special: &[&str] = match status {
            429 | 503 => &["Retry-After"],
            502 | 504 => &["Elements-Vendor-Unreachable"],
            _ => &[],
        };
        let response = json!({
            "description": reason.unwrap_or("Failure"),
            "headers": shown(&[&["Elements-Request-Id"], special].concat()),
            "content": {"application/json": {"schema": schemas::of(SCHEMAS, "Error")}},
        });
        (status.to_string(), response)
    });
    responses.collect::<Map<_, _>>().into()
}

fn security(auth: Auth) -> Value {
    match auth {
        Auth::Open => json!([]),
        Auth::None => json!([{}, {"userAndOrganization": []}]),
        Auth::Session => json!([{"session": []}]),
        Auth::Organization => json!([{"userAndOrganization": []}]),
        Auth::Either => json!([{"userAndOrganization": []}, {"userAndElement": []}]),
        Auth::Element | Auth::Resource => json!([{"userAndElement": []}]),
    }
}

fn security_schemes() -> Value {
    let header = |doc: &str| json!({"type": "apiKey", "in": "header", "name": "Authorization", "description": doc});
    json!({
        "userAndOrganization": header("User <user secret>, Organization <organization secret>"),
        "userAndElement": header("User <user secret>, Element <Element token>"),
        "session": {"type": "http", "scheme": "bearer", "description": "The token that POST /authentication returns."},
    })
}

/// Adds the server's own paths, at the origin.
fn add_server_paths(documented: &mut Map<String, Value>) {
    let pages = [
        ("/openapi.json", "This document.", "application/json", false),
        ("/healthz", "Returns 200 while the process runs.", "text/plain", false),
        ("/readyz", "Returns 200 when calls can be served.", "text/plain", true),
        ("/metrics", "Metrics in the Prometheus text format.", "text/plain", false),
    ];
    for (path, doc, kind, may_wait) in pages {
        let mut responses = json!({
            "200": {"description": "Success.", "content": {kind: {}}},
            "431": {"$ref": "#/components/responses/431"},
            "500": {"$ref": "#/components/responses/500"},
        });
        if may_wait {
            responses["503"] = json!({"$ref": "#/components/responses/503"});
        }
        let id = format!("get{}", path.trim_start_matches('/').replace('.', ""));
        let operation =
            json!({"operationId": id, "summary": doc, "tags": ["server"], "security": [], "responses": responses});
        documented.insert(path.to_owned(), json!({"get": operation}));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::elements::registry::Elements;
    use crate::engine::routes;

    fn documented() -> Value {
        document(&EngineOptions::new("unused.db"), &routes::of(&Elements::new(false)).unwrap())
    }

    #[test]
    fn every_path_says_its_parameters_and_answers() {
        let document = documented();
        let mut ids = HashSet::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for operation in item.as_object().into_iter().flat_map(Map::values) {
                assert!(ids.insert(operation["operationId"].to_string()), "{path}");
                let described = operation["parameters"].as_array().into_iter().flatten();
                let in_path = described.filter(|parameter| parameter["in"] == "path").count();
                assert_eq!(in_path, path_names(path).count(), "{path}");
                assert!(operation["responses"].as_object().is_some_and(|all| !all.is_empty()), "{path}");
            }
        }
        assert!(document["paths"].get("/elements/api-v2/hubs/{hub}/channels/{channelId}/contacts").is_some());
        assert!(document["paths"].get("/elements/api-v2/users/{userId}/channels").is_none());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = documented();
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap_or_default();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn what_is_hidden_is_not_documented() {
        let options = EngineOptions { published_only: true, ..EngineOptions::new("unused.db") };
        let document = document(&options, &routes::of(&Elements::new(false)).unwrap());
        assert!(document["paths"].get("/elements/api-v2/contacts").is_none());
        assert!(document["paths"].get("/elements/api-v2/channels/{channelId}/contacts").is_some());
    }
}
