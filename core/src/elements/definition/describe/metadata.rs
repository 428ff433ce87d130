//! Fields of objects (spec E 8.7 to 8.14).

use std::collections::BTreeMap;

use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::names::{definition_of, ends_in_variable, object_of};
use super::schemas::{PREFIX, definitions, documented, normal};
use crate::elements::definition::document::{DefinedObject, DefinedResource, Definition};

/// Maximum number of nested members, which only bounds hostile documents.
const DEEPEST: usize = 50;
/// Maximum number of fields of one object.
pub(super) const MOST: usize = 20_000;

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Type in the words of the platform.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path in the record. Only of fields from models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Path in the vendor's record.
    pub vendor_path: String,
    /// Name for people. Only of inline fields that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_display_name: Option<String>,
    /// Type as responses show it: for fields from models that of the platform, else the written one.
    pub vendor_native_type: String,
    /// Type in the words of the definition.
    #[serde(skip)]
    pub written_type: String,
    /// Whether new records need it: never known. Only of inline fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_required: Option<bool>,
    /// Whether it cannot be sent. Only of inline fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_read_only: Option<bool>,
    /// Whether its schema, or its entry, says that it cannot be sent.
    #[serde(skip)]
    pub read_only: bool,
    /// Whether consoles leave it out. Only of inline fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Whether a `POST` may have it. Only of fields from models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub createable: Option<bool>,
    /// Whether a `PATCH` or `PUT` may have it. Only of fields from models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updateable: Option<bool>,
    /// Pattern of a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Whether it identifies a record.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary_key: bool,
    /// Methods that have it.
    pub method: Vec<FieldMethod>,
}

/// A method that has a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldMethod {
    /// The verb.
    pub name: String,
    /// Whether its response has the field.
    pub response: bool,
    /// Whether its request has the field; `None` for a `GET` of a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<bool>,
}

/// Returns the fields of an object, empty if the definition describes none. The caller makes sure that the object exists.
pub fn metadata(definition: &Definition, object: &str) -> Vec<Field> {
    let own: Vec<&DefinedResource> = definition.resources.iter().filter(|one| object_of(one) == object).collect();
    let known = definition.objects.iter().find(|known| known.name == object);
    let mut fields = of_models(definition, &own);
    if fields.is_empty() {
        fields = of_lists(&own, known);
    }
    let key = primary_key(known, &fields).to_owned();
    fields.iter_mut().for_each(|field| field.primary_key = field.vendor_path == key);
    fields
}

/// Returns the field that identifies a record of an object (spec E 1.82).
pub fn primary_key<'a>(object: Option<&'a DefinedObject>, fields: &'a [Field]) -> &'a str {
    let declared = object.and_then(|object| object.primary_key.as_deref());
    let marked = || fields.iter().find(|field| field.primary_key).map(|field| &*field.vendor_path);
    declared.or_else(marked).unwrap_or("id")
}

/// Returns fields as responses show them.
pub fn shown(fields: &[Field]) -> Vec<Value> {
    fields.iter().filter_map(|field| serde_json::to_value(field).ok()).collect()
}

/// A leaf of a schema.
#[derive(Clone, Debug)]
struct Leaf {
    kind: String,
    written: String,
    mask: Option<String>,
    primary_key: bool,
    read_only: bool,
}

type Leaves = BTreeMap<String, Leaf>;

/// A part of a method with fields: its response or its request.
struct Part {
    method: Method,
    leaves: Leaves,
}

fn of_models(definition: &Definition, own: &[&DefinedResource]) -> Vec<Field> {
    let all = definitions(documented(definition));
    let of = |method: Method, single: bool| {
        let is_it = move |one: &&&DefinedResource| one.method == method && ends_in_variable(&one.path) == single;
        own.iter().filter(is_it).copied()
    };
    let single = [Method::PATCH, Method::PUT, Method::GET].into_iter().flat_map(|method| of(method, true));
    let single: Vec<Part> = single.chain(of(Method::POST, false)).map(|one| response(one, &all)).collect();
    let sent = [Method::PATCH, Method::PUT].into_iter().flat_map(|method| of(method, true));
    let sent: Vec<Part> = sent.chain(of(Method::POST, false)).map(request).collect();
    let lists: Vec<Part> = of(Method::GET, false).map(|one| response(one, &all)).collect();
    let mut fields: Vec<Field> = Vec::new();
    for parts in [&single, &sent, &lists] {
        let new: BTreeMap<&String, &Leaf> = parts.iter().flat_map(|part| &part.leaves).collect();
        let new = new.into_iter().filter(|(path, _)| !fields.iter().any(|known| known.vendor_path == **path));
        let new: Vec<Field> = new.map(|(path, leaf)| field(path, leaf, &single, &sent, &lists)).collect();
        fields.extend(new);
    }
    fields.truncate(MOST);
    fields
}

fn field(path: &str, leaf: &Leaf, single: &[Part], sent: &[Part], lists: &[Part]) -> Field {
    let has = |part: &&Part| part.leaves.contains_key(path);
    let is_sent = |method: &Method| sent.iter().filter(has).any(|part| part.method == *method);
    let mut methods: Vec<FieldMethod> = Vec::new();
    for part in single.iter().chain(sent).chain(lists).filter(has) {
        let name = part.method.as_str();
        if !methods.iter().any(|known| known.name == name) {
            let response = single.iter().chain(lists).filter(has).any(|other| other.method == part.method);
            let request = (part.method != Method::GET).then(|| is_sent(&part.method));
            methods.push(FieldMethod { name: name.to_owned(), response, request });
        }
    }
    Field {
        kind: leaf.kind.clone(),
        path: Some(path.to_owned()),
        vendor_path: path.to_owned(),
        vendor_display_name: None,
        vendor_native_type: leaf.kind.clone(),
        written_type: leaf.written.clone(),
        vendor_required: None,
        vendor_read_only: None,
        read_only: [single, sent, lists]
            .into_iter()
            .flatten()
            .filter_map(|part| part.leaves.get(path))
            .any(|leaf| leaf.read_only),
        hidden: None,
        createable: Some(is_sent(&Method::POST)),
        updateable: Some(is_sent(&Method::PATCH) || is_sent(&Method::PUT)),
        mask: leaf.mask.clone(),
        primary_key: leaf.primary_key,
        method: methods,
    }
}

/// Returns the fields of a response. Without a model the definition that the path names applies (spec E 8.7).
fn response(resource: &DefinedResource, all: &Map<String, Value>) -> Part {
    let model = resource.model.as_ref();
    let swagger = model.and_then(|model| model.swagger.as_ref()).and_then(Value::as_object);
    let leaves = match (swagger, model.and_then(|model| model.name.as_deref())) {
        (Some(swagger), name) => of_root(swagger, name),
        (None, _) => {
            let root = all.get(&definition_of(&resource.path));
            root.map(|root| leaves(root, all)).unwrap_or_default()
        }
    };
    Part { method: resource.method.clone(), leaves }
}

fn request(resource: &DefinedResource) -> Part {
    let model = resource.model.as_ref();
    let swagger = model.and_then(|model| model.request_swagger.as_ref()).and_then(Value::as_object);
    let name = model.and_then(|model| model.request_name.as_deref().or(model.name.as_deref()));
    let leaves = swagger.map(|swagger| of_root(swagger, name)).unwrap_or_default();
    Part { method: resource.method.clone(), leaves }
}

/// Returns the leaves of the root among these schemas, or of the schema itself.
fn of_root(swagger: &Map<String, Value>, name: Option<&str>) -> Leaves {
    if swagger.get("type").is_some_and(Value::is_string) {
        return leaves(&normal(&Value::Object(swagger.clone())), &Map::new());
    }
    let all: Map<String, Value> = swagger.iter().map(|(name, schema)| (name.clone(), normal(schema))).collect();
    let root = name.and_then(|name| all.get(name).or_else(|| all.get(&format!("{name}Object"))));
    root.map(|root| leaves(root, &all)).unwrap_or_default()
}

/// Flattens a schema; the items of a root of type array (spec E 8.8).
fn leaves(root: &Value, all: &Map<String, Value>) -> Leaves {
    let root = if root["type"] == "array" { &root["items"] } else { root };
    let mut found = Leaves::new();
    let mut walk = Walk { all, found: &mut found, visited: Vec::new() };
    walk.schema(root, String::new());
    found
}

/// A walk over a schema and the schemas that it refers to.
struct Walk<'a, 'f> {
    all: &'a Map<String, Value>,
    found: &'f mut Leaves,
    /// Names of the schemas from the root on; a cycle ends at its second visit.
    visited: Vec<&'a str>,
}

impl<'a> Walk<'a, '_> {
    fn schema(&mut self, schema: &'a Value, path: String) {
        if self.visited.len() > DEEPEST || self.found.len() >= MOST || path.matches('.').count() > DEEPEST {
            return;
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|target| target.strip_prefix(PREFIX)) {
            let Some((name, target)) = self.all.get_key_value(name).filter(|_| !self.visited.contains(&name)) else {
                return;
            };
            self.visited.push(name);
            self.schema(target, path);
            self.visited.pop();
            return;
        }
        match schema["properties"].as_object().filter(|properties| !properties.is_empty()) {
            Some(properties) => {
                for (name, member) in properties {
                    let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.schema(member, below);
                }
            }
            None if schema["type"] == "array" && self.is_object(&schema["items"]) => {
                self.schema(&schema["items"], format!("{path}[*]"));
            }
            None if path.is_empty() => {}
            None => {
                let _ = self.found.insert(path, leaf(schema));
            }
        }
    }

    /// Returns whether a schema has members, after references.
    fn is_object(&self, schema: &Value) -> bool {
        let target = schema["$ref"].as_str().and_then(|target| self.all.get(target.strip_prefix(PREFIX)?));
        target.unwrap_or(schema)["properties"].as_object().is_some_and(|properties| !properties.is_empty())
    }
}

fn leaf(schema: &Value) -> Leaf {
    let native = schema["type"].as_str().unwrap_or("string");
    let is_date = matches!(schema["format"].as_str(), Some("date" | "date-time"));
    let mask = schema["x-mask"].as_str().filter(|_| is_date).map(str::to_owned);
    let primary_key = schema["x-primary-key"] == true;
    let read_only = schema["readOnly"] == true;
    Leaf { kind: kind_of(native, is_date), written: native.to_owned(), mask, primary_key, read_only }
}

/// Returns a type in the words of the platform (spec E 8.10).
fn kind_of(native: &str, is_date: bool) -> String {
    match native {
        _ if is_date => "date".to_owned(),
        "integer" => "number".to_owned(),
        other => other.to_owned(),
    }
}

/// Returns the fields of inline lists (spec E 8.12).
fn of_lists(own: &[&DefinedResource], object: Option<&DefinedObject>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for method in ["GET", "POST", "PATCH", "PUT"] {
        for resource in own.iter().filter(|resource| resource.method.as_str() == method) {
            if let Some(list) = resource.object.as_ref() {
                add_list(list, Some(method), &mut fields, 0);
            }
        }
    }
    if let (true, Some(list)) = (fields.is_empty(), object.and_then(|object| object.fields.as_ref())) {
        add_list(list, None, &mut fields, 0);
    }
    fields
}

fn add_list(list: &Value, method: Option<&str>, fields: &mut Vec<Field>, depth: usize) {
    let items = list.as_array().or_else(|| list["fields"].as_array());
    for item in items.into_iter().flatten().filter(|_| depth < DEEPEST) {
        if item["reference"]["fields"].is_array() {
            add_list(&item["reference"], method, fields, depth + 1);
            continue;
        }
        let Some(name) = item["name"].as_str().filter(|_| fields.len() < MOST) else { continue };
        let position = fields.iter().position(|known| known.vendor_path == name).unwrap_or_else(|| {
            fields.push(of_item(name, item));
            fields.len() - 1
        });
        let (response, request) = (item["response"] == true, item["request"] == true);
        if let Some(method) = method.filter(|_| response || request) {
            let name = method.to_owned();
            fields[position].method.push(FieldMethod { name, response, request: Some(request) });
        }
    }
}

fn of_item(name: &str, item: &Value) -> Field {
    let native = item["type"].as_str().unwrap_or("string");
    let is_date = matches!(item["format"].as_str(), Some("date" | "date-time"));
    Field {
        kind: kind_of(native, is_date),
        path: None,
        vendor_path: name.to_owned(),
        vendor_display_name: item["displayName"].as_str().map(str::to_owned),
        vendor_native_type: native.to_owned(),
        written_type: native.to_owned(),
        vendor_required: Some(false),
        vendor_read_only: Some(item["readOnly"] == true),
        read_only: item["readOnly"] == true,
        hidden: Some(item["hidden"] == true),
        createable: None,
        updateable: None,
        mask: None,
        primary_key: item["primaryKey"] == true,
        method: Vec::new(),
    }
}
