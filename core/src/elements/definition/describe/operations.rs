//! Operations of the element itself (spec E 8.23 to 8.33).

use http::Method;
use serde_json::{Map, Value, json};

use super::names::tag;
use super::schemas::reference;
use crate::elements::definition::document::{DefinedResource, Parameter};

/// Descriptions of the statuses of every operation.
const RESPONSES: [(&str, &str); 11] = [
    ("200", "The call succeeded"),
    ("400", "Bad request: often a missing parameter"),
    ("401", "Unauthorized: a wrong Element token, user secret or organization secret"),
    ("403", "Forbidden: the vendor denies access to the resource"),
    ("404", "Not found: the resource does not exist"),
    ("405", "Method not allowed: the path does not have the verb"),
    ("406", "Not acceptable: the media type of the answer is not one of the Accept header"),
    ("409", "Conflict: the resource exists"),
    ("415", "Unsupported media type: the media type of the body cannot be read"),
    ("500", "Server error: the platform failed"),
    ("502", "Vendor error: the vendor failed"),
];

/// Member with a sample.
const SAMPLE: &str = "x-cloudelements-sample";

/// Parts of an operation that the resource does not say itself.
pub(super) struct Written {
    pub id: String,
    /// Schema of a successful response.
    pub response: Option<Value>,
}

/// Returns the operation of a resource.
pub(super) fn operation(resource: &DefinedResource, written: Written) -> Value {
    let (parameters, has_form) = parameters(resource);
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), written.id.into());
    if let Some(summary) = &resource.description {
        operation.insert("summary".to_owned(), summary.as_str().into());
    }
    operation.insert("tags".to_owned(), json!([tag(&resource.path)]));
    if has_form {
        operation.insert("consumes".to_owned(), json!(["multipart/form-data"]));
    }
    operation.insert("parameters".to_owned(), parameters.into());
    let mut responses = responses(written.response);
    if let Some(sample) = &resource.response_sample {
        responses["200"][SAMPLE] = sample.clone();
    }
    operation.insert("responses".to_owned(), responses);
    operation.into()
}

/// Returns the responses of an operation, the same for all but for the schema of a success.
pub(super) fn responses(schema: Option<Value>) -> Value {
    let described = |(status, text): (&str, &str)| (status.to_owned(), json!({ "description": text }));
    let mut all: Map<String, Value> = RESPONSES.into_iter().map(described).collect();
    if let Some(schema) = schema {
        all["200"]["schema"] = schema;
    }
    all.into()
}

/// Returns the parameter with the credentials.
pub(super) fn authorization() -> Value {
    json!({"name": "Authorization", "in": "header", "required": true, "type": "string",
        "description": "Element <Element token>, User <user secret>"})
}

/// Returns the parameters of a resource, and whether it takes a form.
fn parameters(resource: &DefinedResource) -> (Vec<Value>, bool) {
    let (mut all, mut has_form, reads) = (vec![authorization()], false, resource.method == Method::GET);
    for parameter in resource.parameters.iter().filter(|parameter| !parameter.response) {
        let is_form = matches!(parameter.written_type.as_str(), "multipart" | "form" | "file");
        let shown = match parameter.written_type.as_str() {
            "query" | "multipart" if reads && parameter.name == "page" => Some(cursor()),
            "query" | "header" => Some(in_head(parameter, reads)),
            "path" => Some(with_type(json!({"name": parameter.name, "in": "path", "required": true}), parameter)),
            "body" => Some(body(parameter)),
            _ if is_form => Some(in_form(parameter)),
            _ => None,
        };
        has_form |= is_form;
        let Some(shown) = shown else { continue };
        let is_second = shown["name"] == "nextPage" && all.iter().any(|known| known["name"] == "nextPage");
        if !is_second {
            all.push(described(shown, parameter));
        }
    }
    let has = |name: &str| all.iter().any(|known| known["name"] == name);
    if reads && has("nextPage") && !has("fields") {
        all.push(json!({"name": "fields", "in": "query", "required": false, "type": "string",
            "description": "Names of the fields to return, separated by commas"}));
    }
    (all, has_form)
}

/// Returns the parameter with the cursor, which stands in for the number of the page (spec E 8.31).
fn cursor() -> Value {
    json!({"name": "nextPage", "in": "query", "required": false, "type": "string",
        "description": "Token of the next page, from the response header elements-next-page-token"})
}

fn in_head(parameter: &Parameter, reads: bool) -> Value {
    let head = json!({"name": parameter.name, "in": parameter.written_type, "required": parameter.required});
    let mut shown = with_type(head, parameter);
    if reads && parameter.name == "pageSize" {
        shown["format"] = json!("int64");
    }
    shown
}

/// Adds the type, or a reference for a word that is no type (spec E 8.27).
fn with_type(mut shown: Value, parameter: &Parameter) -> Value {
    let word = parameter.data_type.to_ascii_lowercase();
    match word.as_str() {
        "string" | "integer" | "boolean" | "number" | "file" => shown["type"] = json!(word),
        "double" => shown["type"] = json!("number"),
        _ => shown["schema"] = reference(&parameter.data_type),
    }
    shown
}

fn in_form(parameter: &Parameter) -> Value {
    let kind = match parameter.data_type.to_ascii_lowercase().as_str() {
        "file" => "file",
        "integer" => "integer",
        _ => "string",
    };
    json!({"name": parameter.name, "in": "formData", "required": parameter.required, "type": kind})
}

fn body(parameter: &Parameter) -> Value {
    let mut shown = json!({"name": parameter.name, "in": "body", "required": parameter.required});
    match parameter.data_type.as_str() {
        "string" => shown["type"] = json!("string"),
        "object" => shown["schema"] = json!({ "type": "object" }),
        name => shown["schema"] = reference(name),
    }
    shown
}

/// Adds description and sample, unless the parameter was replaced by another one.
fn described(mut shown: Value, parameter: &Parameter) -> Value {
    if shown["name"] == parameter.name.as_str() {
        if let Some(text) = &parameter.description {
            shown["description"] = json!(text);
        }
        if let Some(sample) = &parameter.sample {
            shown[SAMPLE] = sample.clone();
        }
    }
    shown
}
