//! Resources: schemas of the objects, results of jobs, and the guide.

use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Map, Value, json};

use crate::agent::Shared;
use crate::answer::{NOTE, untrusted};
use crate::catalogue::{Field, Object};
use crate::failure::{Failure, Outcome};
use crate::tools::first_rows;

const SCHEME: &str = "elementkit://";
const GUIDE: &str = "docs/agents";
const GUIDE_TEXT: &str = include_str!("../../docs/guides/agents.md");

/// Returns the resources that there are: the guide, and a schema for each object.
pub async fn listed(shared: &Shared) -> Outcome<Vec<Resource>> {
    let guide = Resource::new(format!("{SCHEME}{GUIDE}"), "agents").with_title("Guide: assistants and ElementKit");
    let mut all = vec![guide.with_mime_type("text/markdown")];
    for instance in shared.catalogue.connected().await?.iter() {
        for object in &instance.objects {
            let uri = format!("{SCHEME}instances/{}/objects/{object}", instance.id);
            let title = format!("JSON Schema of {object} ({})", instance.element);
            all.push(Resource::new(uri, object.as_str()).with_title(title).with_mime_type("application/schema+json"));
        }
    }
    Ok(all)
}

/// Returns the forms of the addresses of resources.
pub fn templates() -> Vec<ResourceTemplate> {
    let template = |path: &str, name: &str, title: &str| {
        ResourceTemplate::new(format!("{SCHEME}{path}"), name).with_title(title).with_mime_type("application/json")
    };
    vec![
        template("instances/{instance}/objects/{object}", "object", "JSON Schema of an object"),
        template("instances/{instance}/jobs/{job}", "job", "First rows of the result of a bulk job"),
    ]
}

/// Reads a resource.
pub async fn read(shared: &Shared, uri: &str) -> Outcome<ReadResourceResult> {
    let parts: Vec<&str> = uri.strip_prefix(SCHEME).unwrap_or_default().split('/').collect();
    let content = match parts.as_slice() {
        ["docs", "agents"] => ResourceContents::text(GUIDE_TEXT, uri).with_mime_type("text/markdown"),
        ["instances", id, "objects", object] => {
            let instance = shared.catalogue.instance(Some(number(id)?)).await?;
            let object = shared.catalogue.object(&instance, object).await?;
            ResourceContents::text(schema_of(&object).to_string(), uri).with_mime_type("application/schema+json")
        }
        ["instances", id, "jobs", job] => {
            let rows = first_rows(shared, number(id)?, job).await?;
            let text = format!("{NOTE}\n{}", rows.value);
            ResourceContents::text(text, uri).with_mime_type("text/plain").with_meta(untrusted())
        }
        _ => return Err(missing()),
    };
    Ok(ReadResourceResult::new(vec![content]))
}

fn number(id: &str) -> Outcome<i64> {
    id.parse().map_err(|_| missing())
}

fn missing() -> Failure {
    Failure::of_kind(elementkit::ErrorKind::NotFound, "there is no such resource", "resources/list shows them.")
}

/// Returns the schema of the records of an object.
fn schema_of(object: &Object) -> Value {
    let property = |field: &Field| {
        let kind = match field.kind.as_str() {
            kind @ ("number" | "boolean" | "object" | "array") => kind,
            _ => "string",
        };
        let mut schema = json!({"type": [kind, "null"]});
        if object.privacy.is_masked(&field.vendor_path) {
            schema = json!({"type": ["string", "null"], "description": "Masked."});
        }
        if field.kind == "date" {
            schema["format"] = "date-time".into();
        }
        (field.vendor_path.clone(), schema)
    };
    let properties: Map<String, Value> = object.fields.iter().map(property).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": object.name, "type": "object",
        "properties": properties, "additionalProperties": object.open,
    })
}
