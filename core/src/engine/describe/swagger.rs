//! Swagger 2.0 documents of elements, hubs, instances and objects (spec P 5.5, 7.8).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::parameters::Parameter;
use super::schemas::Records;
use super::{Operation, in_hub, own, path_names, schemas};
use crate::element::{self, Element, ObjectId, ResourceKind};
use crate::engine::contract::{Auth, Form, Media};
use crate::engine::router::{ElementRoutes, Routes, is_platform_path};

pub(super) const DEFINITIONS: &str = "#/definitions/";

/// Failures of every operation (spec P 5.5).
const FAILURES: [u16; 10] = [400, 401, 403, 404, 405, 406, 409, 415, 500, 502];

/// Subject of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// All operations.
    All,
    /// All operations of the platform itself, with those that no element has.
    Platform,
    /// One operation, as `getChannels` or `GET-channels`.
    Operation(&'a str),
    /// All operations that read one object of the only element.
    Object(ObjectId),
    /// All operations that read one common resource.
    Common(&'a str),
}

/// Common resource as documents show it.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub name: String,
    /// Object of the only element that it is mapped from.
    pub object: Option<ObjectId>,
    /// Paths and types of its fields.
    pub fields: Vec<(String, String)>,
    /// Whether its operations are shown (`addToDocumentation`, spec P 9.4).
    pub documented: bool,
}

/// Generator of documents.
pub(crate) struct Swagger<'a> {
    pub published_only: bool,
    pub routes: &'a Routes,
    /// Routes of the elements that belong to an organization.
    pub own: &'a [Arc<ElementRoutes>],
    /// Elements whose operations are shown.
    pub elements: Vec<&'a dyn Element>,
    /// Key of the element or hub.
    pub title: &'a str,
    pub base_path: String,
    pub host: String,
    pub schemes: Vec<String>,
    /// Whether the paths are below a hub; some do not exist without one.
    pub hub: bool,
    /// Common resources of the instance.
    pub common: Vec<Common>,
    /// Whether all definitions of common resources are included, even if no operation needs them.
    pub discovery: bool,
    pub basic: bool,
    pub resolve: bool,
    /// Fields that the only object shown has in the account of the instance.
    pub fields: Vec<Value>,
}

/// An operation in its JSON form, and the definitions it names directly.
struct Written {
    path: String,
    method: String,
    operation: Value,
    names: Vec<String>,
    /// Object whose records it reads.
    object: Option<ObjectId>,
}

impl<'a> Swagger<'a> {
    /// Returns the document, or `None` if the subject matches no operation.
    pub fn document(&self, subject: Subject<'_>) -> Option<Value> {
        let (written, own) = (self.written(subject), self.own_documents(subject));
        if written.is_empty() && own.is_empty() {
            return None;
        }
        let direct: BTreeSet<String> = written.iter().flat_map(|one| one.names.iter().cloned()).collect();
        let (mut shown, mut tags) = (Map::new(), BTreeSet::new());
        for one in written {
            tags.extend(one.operation["tags"][0].as_str().map(str::to_owned));
            shown.entry(one.path).or_insert_with(|| json!({}))[one.method] = one.operation;
        }
        let definitions = self.definitions(&shown.clone().into(), direct);
        let mut document = json!({
            "swagger": "2.0",
            "info": {"title": self.title, "version": "api-v2"},
            "host": self.host,
            "basePath": self.base_path,
            "schemes": self.schemes,
            "tags": tags.iter().map(|tag| json!({"name": tag})).collect::<Vec<_>>(),
            "paths": shown,
        });
        if self.resolve {
            resolve(&mut document, &self.all_definitions(), 0);
        }
        document["definitions"] = definitions;
        own.into_iter().for_each(|own| own::add(&mut document, own, self.resolve));
        if self.basic {
            strip_extensions(&mut document);
        }
        Some(document)
    }

    /// Returns the schemas of one operation, by name.
    pub fn operation_definitions(&self, id: &str) -> Option<Value> {
        let written = self.written(Subject::Operation(id));
        let Some(one) = written.first() else {
            let mut own = self.own_documents(Subject::Operation(id)).pop()?;
            if self.basic {
                strip_extensions(&mut own);
            }
            return Some(own["definitions"].take());
        };
        let direct: BTreeSet<String> = one.names.iter().cloned().collect();
        let used = direct.iter().map(|name| json!({"$ref": format!("{DEFINITIONS}{name}")})).collect();
        let mut definitions = self.definitions(&Value::Array(used), direct);
        if self.basic {
            strip_extensions(&mut definitions);
        }
        Some(definitions)
    }

    /// Returns the definitions that a document needs. With `resolve` these are only the directly named ones, with their
    /// references inlined.
    fn definitions(&self, text: &Value, direct: BTreeSet<String>) -> Value {
        let all = self.all_definitions();
        let mut wanted = direct;
        if self.discovery {
            wanted.extend(self.common.iter().map(|common| common.name.clone()));
        }
        if !self.resolve {
            references(text, &all, &mut wanted);
            for name in wanted.clone() {
                references(all.get(&name).unwrap_or(&Value::Null), &all, &mut wanted);
            }
        }
        let mut definitions: Map<String, Value> =
            wanted.into_iter().filter_map(|name| all.get(&name).map(|schema| (name.clone(), schema.clone()))).collect();
        if self.resolve {
            definitions.values_mut().for_each(|schema| resolve(schema, &all, 0));
        }
        definitions.into()
    }

    fn all_definitions(&self) -> Map<String, Value> {
        let mut all = schemas::all(DEFINITIONS, &self.elements, &self.records());
        all.extend(self.common.iter().map(|common| (common.name.clone(), schemas::of_fields(&common.fields))));
        all.values_mut().for_each(to_swagger);
        all
    }

    fn records(&self) -> Records {
        Records::of(self.elements.iter().copied())
    }

    fn operations(&self) -> Vec<Operation<'a>> {
        let is_own = |element: &dyn Element| self.elements.iter().any(|own| own.info().id == element.info().id);
        super::all(self.routes.documented_with(self.own, is_own), &self.records(), self.published_only)
    }

    /// Returns the operations of a subject.
    fn written(&self, subject: Subject<'_>) -> Vec<Written> {
        let operations = self.operations();
        if matches!(subject, Subject::Platform) {
            return operations.iter().filter(|operation| operation.source.is_none()).map(write).collect();
        }
        let made = operations.iter().filter(|operation| self.makes(operation));
        let element = made.filter_map(|operation| Some((operation, self.path_of(operation)?)));
        let element = element.map(|(operation, path)| Written { path, ..write(operation) });
        let documented = self.common.iter().filter(|common| common.documented);
        let common = documented.flat_map(|common| write_common(&operations, common));
        let all = element.chain(common);
        match subject {
            Subject::All | Subject::Platform => all.collect(),
            Subject::Operation(id) => all.filter(|one| one.is_called(id)).take(1).collect(),
            Subject::Object(object) => all.filter(|one| one.object == Some(object)).collect(),
            Subject::Common(name) => {
                let named = self.common.iter().filter(|common| common.name == name);
                named.flat_map(|common| write_common(&operations, common)).collect()
            }
        }
    }

    /// Returns whether an operation is described here, and not by the document of an element.
    fn makes(&self, operation: &Operation<'_>) -> bool {
        match operation.source {
            Some((element, _)) => element.describe().is_none(),
            None => self.elements.is_empty() || self.elements.iter().any(|element| element.describe().is_none()),
        }
    }

    /// Returns the documents that elements make themselves, as far as they are about the subject.
    fn own_documents(&self, subject: Subject<'_>) -> Vec<Value> {
        let of = |element: &&dyn Element| {
            let own = element.describe()?;
            match subject {
                Subject::All | Subject::Platform => Some(own.swagger()),
                Subject::Operation(name) => own::operation(own.swagger(), name),
                Subject::Object(object) => {
                    let name = &element.object(object).name;
                    let mut document = own.object_swagger(name)?;
                    own.add_custom_fields(&mut document, name, &self.fields);
                    Some(document)
                }
                Subject::Common(_) => None,
            }
        };
        self.elements.iter().filter_map(of).collect()
    }

    /// Returns the path of an operation in this document, if it is shown. A resource whose plain path belongs to the
    /// platform has its hub in front, unless that is part of the base path.
    fn path_of(&self, operation: &Operation<'_>) -> Option<String> {
        let route = operation.route;
        if !in_hub(operation) || route.is_any_resource() {
            return None;
        }
        if self.hub || route.form != Form::Hub {
            return Some(route.path.to_string());
        }
        let (element, _) = operation.source.filter(|(_, resource)| !resource.hub_only)?;
        Some(format!("/hubs/{}{}", element.info().hub.key, route.path))
    }
}

fn write(operation: &Operation<'_>) -> Written {
    let mut all: Vec<Value> = authorization(operation.auth).into_iter().collect();
    all.extend(path_names(&operation.route.path).map(path_parameter));
    all.extend(operation.parameters.iter().copied().map(parameter));
    let mut names = Vec::new();
    if operation.media == Media::Form {
        all.push(json!({"name": "metaData", "in": "formData", "required": false, "type": "string",
            "description": "Details as a JSON object."}));
    } else if let Some(body) = &operation.body {
        let types = body.schema.split('|').map(item_of).filter(|name| !name.is_empty());
        names.extend(types.map(str::to_owned));
        all.push(json!({"name": "body", "in": "body", "required": body.required, "schema": schema(&body.schema)}));
    }
    let answer = operation.answer.as_deref();
    let types = answer.into_iter().flat_map(|answer| answer.split('|')).map(item_of);
    names.extend(types.filter(|name| name.starts_with(char::is_alphabetic)).map(str::to_owned));
    let mut view = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag()],
        "parameters": all,
        "produces": match operation.media {
            Media::File | Media::List => &super::FILES[..],
            Media::Any => &["*/*"],
            Media::Json | Media::Form => &super::FILES[..1],
        },
        "responses": responses(answer),
    });
    if operation.media == Media::Form {
        view["consumes"] = json!(["multipart/form-data"]);
    }
    if operation.media == Media::Any && operation.body.is_some() {
        view["consumes"] = json!(["*/*"]);
    }
    Written {
        path: operation.route.path.to_string(),
        method: operation.method.as_str().to_ascii_lowercase(),
        operation: view,
        names,
        object: operation.reads().map(|(_, object)| object),
    }
}

/// Returns the parameter with the credentials, if the call takes any in its header.
fn authorization(auth: Auth) -> Option<Value> {
    let (required, form) = match auth {
        Auth::Open => return None,
        Auth::None => (false, "User <user secret>, Organization <organization secret>"),
        Auth::Session => (true, "Bearer <session token>"),
        Auth::Organization => (true, "User <user secret>, Organization <organization secret>"),
        Auth::Either => (true, "User <user secret>, and Organization <organization secret> or Element <Element token>"),
        Auth::Element | Auth::Resource => (true, "User <user secret>, Element <Element token>"),
    };
    Some(json!({"name": "Authorization", "in": "header", "required": required, "type": "string", "description": form}))
}

/// Returns the operations of a common resource, which has the same parent paths as its object (spec P 9.14).
fn write_common(operations: &[Operation<'_>], common: &Common) -> Vec<Written> {
    let is_own = |operation: &&Operation<'_>| {
        let object = operation.reads().map(|(_, object)| object);
        let is_plain = operation.source.is_some_and(|(_, resource)| {
            let place = resource.list_path().map(element::parent);
            !resource.hub_only && place.is_some_and(|place| !is_platform_path(place))
        });
        is_plain && common.object.is_some() && object == common.object
    };
    let own: Vec<&Operation<'_>> = operations.iter().filter(is_own).collect();
    let is_list = |operation: &&&Operation<'_>| operation.media == Media::List && *operation.method == Method::GET;
    let lists = own.iter().filter(is_list);
    let parents: BTreeMap<&str, &&Operation<'_>> =
        lists.filter_map(|list| Some((list.source?.1.parent(), list))).collect();
    let lists = parents.into_iter().map(|(parent, list)| common.write(list, format!("{parent}/{}", common.name), "[]"));
    let others = own.iter().filter_map(|operation| {
        let path = common.path_of(operation, &own)?;
        Some(common.write(operation, path, ""))
    });
    lists.chain(others).collect()
}

impl Common {
    /// Returns the path of a write of the object, or of the read of one record that can be written, for this resource.
    fn path_of(&self, operation: &Operation<'_>, own: &[&Operation<'_>]) -> Option<String> {
        let (_, resource) = operation.source?;
        let list = resource.list_path()?;
        let is_written = |other: &&Operation<'_>| {
            let other = other.source.map(|(_, other)| other);
            other.is_some_and(|other| other.template == resource.template && !other.kind.is_read())
        };
        let is_left_out = match resource.kind {
            ResourceKind::Any => true,
            kind if kind.is_read() => resource.is_list() || !own.iter().any(is_written),
            _ => false,
        };
        if is_left_out {
            return None;
        }
        Some(format!("{}/{}{}", element::parent(list), self.name, &resource.template[list.len()..]))
    }

    /// Writes an operation of the object as that of this resource; `many` follows the name of the type.
    fn write(&self, operation: &Operation<'_>, path: String, many: &str) -> Written {
        let mut one = write(operation);
        let effect = match operation.source.map(|(_, resource)| resource.kind) {
            Some(kind) if !kind.is_read() => "Writes",
            _ => "Reads",
        };
        one.operation["operationId"] = json!(super::operation_id(operation.method, &path, false));
        one.operation["summary"] = json!(format!("{effect} the common resource {}.", self.name));
        one.operation["tags"] = json!([self.name]);
        let answer = operation.answer.as_deref().filter(|answer| !answer.is_empty());
        one.operation["responses"] = responses(answer.map(|_| format!("{}{many}", self.name)).as_deref());
        let parameters = one.operation["parameters"].as_array_mut();
        for body in parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "body") {
            body["schema"] = schema(&self.name);
        }
        Written { path, names: vec![self.name.clone()], object: None, ..one }
    }
}

impl Written {
    /// Returns whether this is the name of the operation.
    fn is_called(&self, name: &str) -> bool {
        is_name_of(name, &self.path, &self.method, &self.operation)
    }
}

/// Returns whether this is the name of an operation: its id, or its verb and path, joined by hyphens.
pub(super) fn is_name_of(name: &str, path: &str, verb: &str, operation: &Value) -> bool {
    let path = path.trim_start_matches('/');
    let verb = verb.to_ascii_uppercase();
    let words: Vec<&str> = path.split('/').filter(|part| !part.starts_with('{')).collect();
    let forms = [path.to_owned(), path.replace('/', "-"), words.join("-")];
    operation["operationId"] == name || forms.iter().any(|form| format!("{verb}-{form}") == name)
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "type": "string"})
}

fn parameter(parameter: Parameter<'_>) -> Value {
    let kind = match parameter.kind {
        "positive" | "whole" | "version" => "integer",
        "strings" => "array",
        kind => kind,
    };
    let mut view = json!({"name": parameter.name, "in": parameter.place, "required": false, "type": kind,
        "description": parameter.doc});
    if kind == "array" {
        view["items"] = json!({"type": "string"});
        view["collectionFormat"] = json!("multi");
    }
    view
}

fn responses(answer: Option<&str>) -> Value {
    let success = match answer {
        None | Some("") => json!({"description": "OK"}),
        Some("FILE") => json!({"description": "OK", "schema": {"type": "file"}}),
        Some(answer) => json!({"description": "OK", "schema": schema(answer)}),
    };
    let mut all = Map::from_iter([("200".to_owned(), success)]);
    all.extend(FAILURES.iter().map(|status| {
        let reason = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        (status.to_string(), json!({"description": reason.unwrap_or("Error"), "schema": schema("Error")}))
    }));
    all.into()
}

fn schema(shorthand: &str) -> Value {
    let mut schema = schemas::of(DEFINITIONS, shorthand);
    to_swagger(&mut schema);
    schema
}

/// Returns the name inside `Name[]`.
fn item_of(shorthand: &str) -> &str {
    match shorthand.trim_end_matches(['[', ']', '{', '}']) {
        "any" | "string" | "integer" | "number" | "boolean" | "object" | "FILE" => "",
        name => name,
    }
}

/// Converts a schema to Swagger 2.0, which supports neither multiple types nor alternatives.
fn to_swagger(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(to_swagger),
        Value::Object(members) => {
            if let Some(Value::Array(kinds)) = members.get("type") {
                let kind = kinds.first().cloned().unwrap_or_default();
                members.insert("type".to_owned(), kind);
                members.insert("x-nullable".to_owned(), json!(true));
            }
            if let Some(Value::Array(choices)) = members.remove("anyOf") {
                let mut choices: Vec<Value> = choices.into_iter().filter(|choice| choice["type"] != "null").collect();
                if let (1, Some(Value::Object(only))) = (choices.len(), choices.pop()) {
                    members.extend(only);
                }
            }
            members.values_mut().for_each(to_swagger);
        }
        _ => {}
    }
}

/// Adds the names that a document refers to, directly and indirectly.
pub(super) fn references(text: &Value, all: &Map<String, Value>, names: &mut BTreeSet<String>) {
    match text {
        Value::Array(items) => items.iter().for_each(|item| references(item, all, names)),
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix(DEFINITIONS))
                && names.insert(name.to_owned())
                && let Some(schema) = all.get(name)
            {
                references(schema, all, names);
            }
            members.values().for_each(|member| references(member, all, names));
        }
        _ => {}
    }
}

/// Maximum depth of nested definitions. Valid definitions do not reach it; it only bounds a mistake in the table.
const DEEPEST: usize = 16;

/// Replaces references with the definitions they refer to.
fn resolve(text: &mut Value, all: &Map<String, Value>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    if let Some(name) = text.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix(DEFINITIONS)) {
        *text = all.get(name).cloned().unwrap_or_else(|| json!({}));
        return resolve(text, all, depth + 1);
    }
    match text {
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, all, depth)),
        Value::Object(members) => members.values_mut().for_each(|member| resolve(member, all, depth)),
        _ => {}
    }
}

/// Removes the properties that Swagger does not define.
fn strip_extensions(text: &mut Value) {
    match text {
        Value::Array(items) => items.iter_mut().for_each(strip_extensions),
        Value::Object(members) => {
            members.retain(|name, _| !name.starts_with("x-"));
            members.values_mut().for_each(strip_extensions);
        }
        _ => {}
    }
}
