//! The OpenAPI document (spec P 16.9), generated from the route table.

use serde_json::{Map, Value, json};

use super::caller::Auth;
use super::routes::{self, Form, PREFIX, Route, Verb};

/// The OpenAPI 3.1 document of every route.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for route in routes::all() {
        let item: Map<String, Value> =
            route.verbs.iter().map(|verb| (verb.method.as_str().to_lowercase(), operation(route, verb))).collect();
        if route.form != Form::Hub {
            paths.insert(format!("{PREFIX}{}", route.path), Value::Object(item.clone()));
        }
        if route.form != Form::Plain {
            paths.insert(format!("{PREFIX}/hubs/{{hub}}{}", route.path), Value::Object(in_hub(item)));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ElementKit",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The element platform, API v2, with the BrightTALK element.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"platform": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "User <secret>, Organization <secret> or User <secret>, Element <token>.",
        }}},
    })
}

fn operation(route: &Route, verb: &Verb) -> Value {
    let security = match verb.auth {
        Auth::None | Auth::Open => json!([]),
        _ => json!([{"platform": []}]),
    };
    let credentials = match verb.auth {
        Auth::None | Auth::Open => "No credentials.",
        Auth::Session => "A session token.",
        Auth::Organization => "User and Organization.",
        Auth::Either => "User and Organization, or User and Element.",
        Auth::Element | Auth::Resource => "User and Element.",
    };
    json!({
        "summary": format!("{credentials} Section {} of the platform specification.", route.section),
        "security": security,
        "parameters": path_names(route.path).map(parameter).collect::<Vec<_>>(),
        "responses": {
            "200": {"description": "Success."},
            "default": {"description": "A failure: requestId, message and, from the vendor, providerMessage."},
        },
    })
}

fn in_hub(mut item: Map<String, Value>) -> Map<String, Value> {
    for operation in item.values_mut() {
        if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.insert(0, parameter("hub"));
        }
    }
    item
}

fn parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

/// The names in braces.
fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_with_its_parameters() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        for (path, item) in paths {
            for operation in item.as_object().unwrap().values() {
                let described = operation["parameters"].as_array().unwrap().len();
                assert_eq!(described, path_names(path).count(), "{path}");
            }
        }
        assert!(paths.contains_key("/elements/api-v2/hubs/{hub}/channels/{channelId}/contacts"));
        assert!(paths.contains_key("/elements/api-v2/instances/{id}"));
    }
}
