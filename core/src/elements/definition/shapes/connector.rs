//! Objects of a connector of UiPath: field lists in files become those of the resources (spec E 1.94).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::document::{boolean, method_word};
use super::{file, folder, wrong};
use crate::error::Result;

/// Folder of the field lists.
pub const FOLDER: &str = "standard-resources";

/// A field list.
struct Fields {
    file: String,
    name: String,
    fields: Map<String, Value>,
}

/// Gives each resource that names a field list its fields. Returns the files that were used.
pub fn fill_fields(document: &mut Value, folder: &Path) -> Result<BTreeSet<String>> {
    let lists = read(folder)?;
    let mut used = BTreeSet::new();
    for resource in document.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(resource) = resource.as_object_mut() else { continue };
        let member = |key| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(list) = lists.iter().find(|list| list.name == member("standardResourceName")) else { continue };
        used.insert(list.file.clone());
        let fields = list.of_method(member("method"));
        if !fields.is_empty() && resource.get("object").is_none_or(Value::is_null) {
            resource.insert("object".to_owned(), json!({"fields": fields}));
        }
    }
    Ok(used)
}

fn read(folder: &Path) -> Result<Vec<Fields>> {
    let mut lists = Vec::new();
    let below = folder.join(FOLDER);
    for name in folder::names(&below)?.into_iter().filter(|name| name.ends_with(".json")) {
        let path = below.join(&name);
        let Value::Object(mut members) = file::read(&path)? else { return Err(wrong(&path, "it is not an object")) };
        let fields = match members.remove("fields") {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let stem = name.trim_end_matches(".json").to_owned();
        let list_name = members.get("name").and_then(Value::as_str).map_or(stem, str::to_owned);
        lists.push(Fields { file: format!("{FOLDER}/{name}"), name: list_name, fields });
    }
    Ok(lists)
}

impl Fields {
    /// Returns the fields that a method sends or receives.
    fn of_method(&self, method: &str) -> Vec<Value> {
        let written = method.trim().to_ascii_uppercase();
        let methods = [written.as_str(), &method_word(method)];
        self.fields.iter().filter_map(|(name, field)| field_of(name, field, methods)).collect()
    }
}

fn field_of(name: &str, field: &Value, methods: [&str; 2]) -> Option<Value> {
    let mut field = field.as_object()?.clone();
    let by_method = field.shift_remove("method")?;
    let of_method = methods.iter().find_map(|method| by_method.get(*method))?;
    let has = |direction: &str| match of_method.get(direction) {
        None | Some(Value::Null) => false,
        Some(value) => boolean(value).unwrap_or(true),
    };
    let (request, response) = (has("request"), has("response"));
    if !request && !response {
        return None;
    }
    if !field.contains_key("name") {
        field.shift_insert(0, "name".to_owned(), name.into());
    }
    field.insert("request".to_owned(), request.into());
    field.insert("response".to_owned(), response.into());
    Some(field.into())
}
