//! Export of an element of the program as a definition (spec P 5.2), as far as it is one: its calls are made by the
//! program, so its resources are of the kind `java`, without scripts, and the vendor's path is that of the resource.

use serde_json::{Map, Value, json};

use crate::element::{Element, FieldInfo, ObjectInfo, ParameterInfo, Resource};
use crate::engine::describe::path_names;
use crate::engine::options::EngineOptions;
use crate::record::Kind;

/// Query parameters that every list has (spec P 7.3).
const OF_LISTS: [(&str, &str, &str); 6] = [
    ("where", "string", "A CEQL condition."),
    ("fields", "string", "The fields to keep, comma-separated."),
    ("orderBy", "string", "Fields to sort by, comma-separated."),
    ("page", "integer", "The page, from 1."),
    ("pageSize", "integer", "Items per page."),
    ("nextPage", "string", "The token of the previous response."),
];

/// Returns the definition of an element, from its members in the catalogue.
pub(super) fn definition(mut members: Map<String, Value>, element: &dyn Element, options: &EngineOptions) -> Value {
    let shown = |published: bool| published || !options.published_only;
    let hub = &element.info().hub.key;
    let resources = element.resources().iter().filter(|resource| shown(resource.published));
    let resources: Vec<Value> = resources.map(|resource| resource_view(element, hub, resource)).collect();
    let objects = element.objects().iter().filter(|info| shown(info.published));
    members.insert("resources".to_owned(), resources.into());
    members.insert("objects".to_owned(), objects.map(object_view).collect());
    members.into()
}

fn resource_view(element: &dyn Element, hub: &str, resource: &Resource) -> Value {
    let object = element.object(resource.object);
    let path = path_names(&resource.template).map(|name| parameter("path", name, "string", true, ""));
    let of_lists = OF_LISTS.iter().filter(|(name, ..)| resource.is_list() && !resource.reads(name));
    let of_lists = of_lists.map(|(name, kind, doc)| parameter("query", name, kind, false, doc));
    let own = |kind, known: &ParameterInfo| parameter(kind, &known.name, "string", false, &known.doc);
    let query = resource.parameters.iter().map(|known| own("query", known));
    let headers = resource.headers.iter().map(|known| own("header", known));
    json!({
        "method": resource.method.as_str(),
        "path": format!("/hubs/{hub}{}", resource.template),
        "type": "api",
        "kind": "java",
        "vendorMethod": resource.method.as_str(),
        "vendorPath": resource.template,
        "objectName": object.long_name,
        "description": object.doc,
        "response": {"contentType": "application/json"},
        "parameters": path.chain(of_lists).chain(query).chain(headers).collect::<Vec<_>>(),
        "hooks": [],
    })
}

fn parameter(place: &str, name: &str, kind: &str, required: bool, doc: &str) -> Value {
    json!({
        "name": name,
        "vendorName": name,
        "type": place,
        "vendorType": place,
        "source": "request",
        "dataType": kind,
        "vendorDataType": kind,
        "required": required,
        "description": doc,
    })
}

fn object_view(info: &ObjectInfo) -> Value {
    let mut view = json!({
        "name": info.long_name,
        "vendorName": info.name,
        "description": info.doc,
        "bulkDownloadEnabled": true,
        "bulkUploadEnabled": false,
        "fields": info.fields.iter().map(|field| field_view(info, field)).collect::<Vec<_>>(),
    });
    if let [key] = info.primary_key.as_slice() {
        view["primaryKeyName"] = json!(key);
    }
    view
}

fn field_view(info: &ObjectInfo, field: &FieldInfo) -> Value {
    let (kind, format) = match field.kind {
        Kind::Id | Kind::Int => ("integer", Some("int64")),
        Kind::Float => ("number", None),
        Kind::Bool => ("boolean", None),
        Kind::Date => ("string", Some("date-time")),
        Kind::Text => ("string", None),
        Kind::Json if field.native_type == "array" => ("array", None),
        Kind::Json => ("object", None),
    };
    let mut view = json!({
        "name": field.name,
        "type": kind,
        "description": field.doc,
        "primaryKey": info.primary_key.contains(&field.name),
        "readOnly": field.read_only,
    });
    if let Some(format) = format {
        view["format"] = json!(format);
    }
    view
}
