//! Capabilities of an element, as the catalogue tells them (spec E 10.2 to 10.4).

use serde_json::{Map, Value, json};

use super::object_of;
use super::platform::BulkCalls;
use crate::elements::definition::document::{DefinedObject, DefinedResource, Definition, Protocol, ResourceType};

/// Configuration with the way in which the vendor tells of events.
const EVENT_TYPE: &str = "event.vendor.type";
/// Configuration with the objects that are asked for changes.
const POLLER: &str = "event.poller.configuration";

/// Returns the members of an element's metadata that its definition decides. Those that the author wrote replace derived
/// ones.
pub fn capabilities(definition: &Definition, instances: i64) -> Map<String, Value> {
    let bulk = BulkCalls::of(definition);
    let has = |path: &[&str]| definition.resources.iter().any(|resource| is_own(resource, path));
    let custom_fields = has(&["objects", "{}", "metadata"]);
    let mut members = Map::new();
    let mut set = |key: &str, value: Value| drop(members.insert(key.to_owned(), value));
    set("authenticationType", definition.authentication.clone().into());
    set("transformations", definition.transformations.into());
    set("elementType", "element".into());
    set("normalizedPaging", true.into());
    set("swaggerValidated", false.into());
    set("cloneable", definition.cloneable.into());
    set("api", json!({"type": api(&definition.protocol), "contentType": definition.accept()}));
    set("bulk", json!({"upload": bulk.upload, "download": bulk.query || bulk.download}));
    set(
        "discovery",
        json!({
            "customFields": custom_fields,
            "customObjects": has(&["objects"]),
            "endpointCustomFields": custom_fields,
            "endpointCustomObjects": false,
        }),
    );
    set("usage", json!({"instanceCount": instances, "customerCount": 0, "traffic": 0}));
    set("events", events(definition));
    set("resources", resources(definition).into());
    if let Some(Value::Object(written)) = &definition.element_metadata {
        written.iter().for_each(|(key, value)| set(key, value.clone()));
    }
    members
}

/// Returns whether a resource is the element's own form of a platform call.
fn is_own(resource: &DefinedResource, path: &[&str]) -> bool {
    let parts: Vec<&str> = resource.path.split('/').skip(1).collect();
    let same = |(part, wanted): (&&str, &&str)| part == wanted || *wanted == "{}" && part.starts_with('{');
    resource.method == http::Method::GET
        && resource.kind.is_callable()
        && parts.len() == path.len()
        && parts.iter().zip(path).all(same)
}

fn api(protocol: &Protocol) -> &str {
    match protocol {
        Protocol::Http => "rest",
        Protocol::Soap => "soap",
        Protocol::Odata => "odata",
        Protocol::Other(word) => word,
    }
}

/// Returns the events that the default configuration tells of (spec E 10.3).
fn events(definition: &Definition) -> Value {
    let default = |key: &str| {
        let entry = definition.configuration.iter().find(|entry| entry.key == key)?;
        entry.default.as_deref().map(str::trim).filter(|default| !default.is_empty())
    };
    let Some(method) = default(EVENT_TYPE) else { return json!({"supported": false, "methods": []}) };
    let method = if method == "webhooks" { "webhook" } else { method };
    let mut events = json!({"supported": true, "methods": [method]});
    let poller = default(POLLER).and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
    if let Some(poller) = poller {
        events["polling"] = poller.keys().cloned().collect::<Vec<_>>().into();
    }
    events
}

/// Returns the objects with their methods (spec E 10.4).
fn resources(definition: &Definition) -> Vec<Value> {
    let mut objects: Vec<(String, Vec<String>)> = Vec::new();
    let listed = definition.resources.iter().filter(|resource| resource.kind == ResourceType::Api && !resource.java);
    for resource in listed {
        let name = object_of(resource);
        let method = resource.method.to_string();
        match objects.iter_mut().find(|(known, _)| *known == name) {
            Some((_, methods)) if methods.contains(&method) => {}
            Some((_, methods)) => methods.push(method),
            None => objects.push((name, vec![method])),
        }
    }
    let view = |(name, methods): (String, Vec<String>)| {
        let declared = definition.objects.iter().find(|object| object.name == name);
        let flag = |of: fn(&DefinedObject) -> Option<bool>, of_element| declared.and_then(of).unwrap_or(of_element);
        let upload = flag(|object| object.bulk_upload, definition.bulk_upload);
        let download = flag(|object| object.bulk_download, definition.bulk_download);
        json!({
            "canonicalName": name,
            "operations": methods,
            "bulk": {"upload": upload, "download": download},
            "customField": false,
            "events": {"supported": false, "methods": []},
        })
    };
    objects.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(document: &Value) -> Definition {
        Definition::read(document).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    #[test]
    fn the_definition_decides_what_an_element_can_do() {
        let found = capabilities(
            &definition(&json!({
                "name": "A", "authentication": {"type": "oauth2"}, "protocolType": "soap", "transformationsEnabled": false,
                "parameters": [{"type": "value", "name": "text/xml", "vendorType": "header", "vendorName": "Accept"}],
                "configuration": [
                    {"key": "event.vendor.type", "defaultValue": "webhooks"},
                    {"key": "event.poller.configuration", "defaultValue": "{\"things\":{}}"}
                ],
                "objects": [{"name": "things", "bulkDownloadEnabled": true}],
                "resources": [
                    {"method": "GET", "path": "/hubs/general/things"}, {"method": "POST", "path": "/things"},
                    {"method": "GET", "path": "/things/{id}"}, {"method": "GET", "path": "/objects/{o}/metadata"},
                    {"method": "GET", "path": "/hidden", "type": "apiNoDocumentation"}
                ],
                "elementMetadata": {"displayOrder": 7, "cloneable": false}
            })),
            3,
        );
        assert_eq!(found["api"], json!({"type": "soap", "contentType": "text/xml"}));
        assert_eq!((&found["transformations"], &found["cloneable"]), (&json!(false), &json!(false)));
        assert_eq!(found["bulk"], json!({"upload": false, "download": true}));
        assert_eq!(found["discovery"]["customFields"], true);
        assert_eq!(found["discovery"]["customObjects"], false);
        assert_eq!((&found["usage"]["instanceCount"], &found["displayOrder"]), (&json!(3), &json!(7)));
        assert_eq!(found["events"], json!({"supported": true, "methods": ["webhook"], "polling": ["things"]}));
        assert_eq!(found["resources"][0]["canonicalName"], "things");
        assert_eq!(found["resources"][0]["operations"], json!(["GET", "POST"]));
        assert_eq!(found["resources"][0]["bulk"], json!({"upload": false, "download": true}));
    }

    #[test]
    fn an_author_who_wrote_little_gets_the_plain_values() {
        let found = capabilities(&definition(&json!({"name": "A", "authentication": {"type": "none"}})), 0);
        assert_eq!(found["api"], json!({"type": "rest", "contentType": "application/json"}));
        assert_eq!(found["events"], json!({"supported": false, "methods": []}));
        assert_eq!((&found["resources"], &found["bulk"]["download"]), (&json!([]), &json!(false)));
    }
}
