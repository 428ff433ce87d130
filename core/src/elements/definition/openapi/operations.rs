//! Operations as resources.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::describe::object_of_path;
use super::paging::{Paging, Role, is_envelope, is_next, role};
use super::schemas::{Model, is_array, model, properties, type_of};
use super::source::{Source, first_line};

/// Most resources of a definition (spec E 1.7).
const MOST_RESOURCES: usize = 1_999;
/// Most parameters of a resource (spec E 1.7).
const MOST_PARAMETERS: usize = 200;
/// Methods that become resources.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];
/// Members of an answer that usually hold the records.
const USUAL_ROOTS: &[&str] =
    &["data", "items", "results", "records", "value", "values", "entries", "list", "rows", "content"];
/// Headers that the engine sets itself.
const OWN_HEADERS: &[&str] = &["accept", "content-type", "authorization", "content-length", "host", "cookie"];

/// The resources of a document.
#[derive(Default)]
pub struct Operations {
    /// The resources.
    pub resources: Vec<Value>,
    /// Objects of lists with their primary keys.
    pub objects: Vec<Value>,
    /// Paging of the lists.
    pub paging: Paging,
}

/// An operation while it is read.
struct Operation<'a, 'd> {
    source: &'a Source<'d>,
    method: &'a str,
    path: &'a str,
    /// Parameters of the path and of the operation; the latter replace the former.
    parameters: Vec<&'d Value>,
    members: &'d Map<String, Value>,
}

/// Answer of an operation.
struct Response<'d> {
    schema: Option<&'d Value>,
    media_type: Option<&'d str>,
}

impl Operations {
    /// Reads all operations.
    pub fn read(source: &Source<'_>, hub: &str, notes: &mut Vec<String>) -> Self {
        let mut operations = Self::default();
        let mut left_out = BTreeSet::new();
        // The paging of all lists decides how the parameters of each are named.
        for operation in all(source).iter().filter(|operation| operation.method == "get") {
            operation.count(&mut operations.paging);
        }
        for operation in all(source) {
            if operations.resources.len() == MOST_RESOURCES {
                notes.push(format!("only the first {MOST_RESOURCES} operations became resources"));
                break;
            }
            let resource = operation.resource(hub, &operations.paging, notes);
            operations.add_object(&operation, &resource);
            operations.resources.push(resource);
        }
        for (_, item) in source.paths() {
            left_out.extend(item.keys().filter(|key| ["head", "options", "trace"].contains(&key.as_str())));
        }
        if !left_out.is_empty() {
            let methods = left_out.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            notes.push(format!("operations of the methods {methods} were left out"));
        }
        operations
    }

    /// Adds the object of a list, if its records have a key.
    fn add_object(&mut self, operation: &Operation<'_, '_>, resource: &Value) {
        let Some((_, Some(items))) = operation.list() else { return };
        let name = object_of_path(operation.path);
        let fields = properties(operation.source, items);
        let key = ["id", "uuid", "key", "_id"].iter().find(|key| fields.iter().any(|(name, _)| name == *key));
        let is_new = !self.objects.iter().any(|object| object["name"] == name.as_str());
        if let Some(key) = key.filter(|_| is_new && resource["method"] == "GET") {
            self.objects.push(json!({"name": name, "primaryKeyName": key}));
        }
    }
}

fn all<'a, 'd: 'a>(source: &'a Source<'d>) -> Vec<Operation<'a, 'd>> {
    let mut operations = Vec::new();
    for (path, item) in source.paths() {
        for method in METHODS {
            let Some(members) = item.get(*method).and_then(Value::as_object) else { continue };
            let parameters = parameters(source, item.get("parameters"), members.get("parameters"));
            operations.push(Operation { source, method, path, parameters, members });
        }
    }
    operations
}

fn parameters<'d>(source: &Source<'d>, of_path: Option<&'d Value>, own: Option<&'d Value>) -> Vec<&'d Value> {
    let mut found: Vec<&Value> = Vec::new();
    for parameter in [of_path, own].into_iter().flatten().filter_map(Value::as_array).flatten() {
        let parameter = source.resolve(parameter);
        let is_same = |other: &&mut &Value| other["name"] == parameter["name"] && other["in"] == parameter["in"];
        match found.iter_mut().find(is_same) {
            Some(known) => *known = parameter,
            None => found.push(parameter),
        }
    }
    found
}

impl<'d> Operation<'_, 'd> {
    fn of_place(&self, place: &'static str) -> impl Iterator<Item = &'d Value> {
        self.parameters.iter().copied().filter(move |parameter| parameter["in"] == place)
    }

    /// Returns the schema of a parameter, which is the parameter itself in Swagger 2.0.
    fn schema(&self, parameter: &'d Value) -> &'d Value {
        parameter.get("schema").map_or(parameter, |schema| self.source.resolve(schema))
    }

    fn ends_in_parameter(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Counts how the operation pages.
    fn count(&self, paging: &mut Paging) {
        for parameter in self.of_place("query") {
            let Some(role) = parameter["name"].as_str().and_then(role) else { continue };
            let schema = self.schema(parameter);
            paging.count(role);
            match role {
                Role::Size => paging.note_largest(schema.get("maximum").and_then(Value::as_u64)),
                Role::Page => {
                    let is_zero = |key: &str| schema.get(key).and_then(Value::as_i64) == Some(0);
                    paging.from_zero |= is_zero("default") || is_zero("minimum");
                }
                _ => {}
            }
        }
    }

    /// Returns the answer of success.
    fn response(&self) -> Response<'d> {
        let none = Response { schema: None, media_type: None };
        let Some(responses) = self.members.get("responses").and_then(Value::as_object) else { return none };
        let is_success = |(code, _): &(&String, &Value)| code.starts_with('2');
        let chosen =
            responses.iter().find(is_success).map(|(_, response)| response).or_else(|| responses.get("default"));
        let Some(response) = chosen.map(|response| self.source.resolve(response)) else { return none };
        if self.source.is_v2 {
            let produces = self.members.get("produces").or_else(|| self.source.at("/produces"));
            let media_type =
                produces.and_then(Value::as_array).and_then(|types| preferred(types.iter().filter_map(Value::as_str)));
            return Response { schema: response.get("schema"), media_type };
        }
        let Some(content) = response.get("content").and_then(Value::as_object) else { return none };
        let media_type = preferred(content.keys().map(String::as_str));
        let schema = media_type.and_then(|media_type| content[media_type].get("schema"));
        Response { schema, media_type }
    }

    /// Returns the root of the list and the schema of its records. `None` if the operation is no list.
    fn list(&self) -> Option<(Option<&'d str>, Option<&'d Value>)> {
        let schema = self.response().schema.filter(|_| self.method == "get")?;
        if is_array(self.source, schema) {
            return Some((None, self.source.resolve(schema).get("items")));
        }
        let pages = self.of_place("query").any(|parameter| parameter["name"].as_str().and_then(role).is_some());
        if self.ends_in_parameter() && !pages {
            return None;
        }
        let mut arrays = properties(self.source, schema);
        arrays.retain(|(_, property)| is_array(self.source, property));
        let last = self.path.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default();
        let is_usual = |name: &str| USUAL_ROOTS.contains(&name) || name.eq_ignore_ascii_case(last);
        let usual = arrays.iter().find(|(name, _)| is_usual(name));
        let (name, property) = usual.or_else(|| arrays.first().filter(|_| arrays.len() == 1))?;
        Some((Some(name), self.source.resolve(property).get("items")))
    }

    /// Returns the resource.
    fn resource(&self, hub: &str, paging: &Paging, notes: &mut Vec<String>) -> Value {
        let label = format!("{} {}", self.method.to_uppercase(), self.path);
        let mut resource = json!({
            "method": self.method.to_uppercase(),
            "path": format!("/hubs/{hub}/{}", self.path.trim_start_matches('/')),
            "vendorPath": self.path,
            "type": "api",
        });
        let text = |key: &str| self.members.get(key).and_then(Value::as_str);
        if let Some(line) = text("summary").or(text("description")).and_then(first_line) {
            resource["description"] = line.into();
        }
        if let Some(id) = text("operationId") {
            resource["operationId"] = id.into();
        }
        let mut parameters = self.plain_parameters(paging, &label, notes);
        let mut model = Map::new();
        parameters.extend(self.body(&mut model, &label, notes));
        let response = self.response();
        if let Some(media_type) = response.media_type.filter(|media_type| !is_json(media_type)) {
            parameters.push(literal("Accept", media_type));
            resource["response"] = json!({"contentType": media_type});
        }
        self.respond(&mut resource, &mut model, response.schema, &label, notes);
        if !model.is_empty() {
            resource["model"] = model.into();
        }
        if parameters.len() > MOST_PARAMETERS {
            notes.push(format!("{label}: only the first {MOST_PARAMETERS} parameters were taken"));
            parameters.truncate(MOST_PARAMETERS);
        }
        resource["parameters"] = parameters.into();
        resource
    }

    /// Adds what is known of the answer: root, next cursor, model.
    fn respond(
        &self,
        resource: &mut Value,
        of: &mut Map<String, Value>,
        schema: Option<&'d Value>,
        label: &str,
        notes: &mut Vec<String>,
    ) {
        let Some(schema) = schema else { return };
        let list = self.list();
        if let Some((Some(root), _)) = list {
            resource["rootKey"] = format!("|{root}").into();
            notes.push(format!("{label}: the records are taken from {root}"));
        }
        if let Some(cursor) =
            self.of_place("query").find(|one| one["name"].as_str().and_then(role) == Some(Role::Cursor))
        {
            let name = cursor["name"].as_str().unwrap_or_default();
            match self.next(schema, name) {
                Some(key) => {
                    notes.push(format!("{label}: the next cursor is taken from {key}"));
                    resource["nextPageKey"] = key.into();
                }
                None => {
                    notes.push(format!("{label}: no member of the answer looks like the next cursor; set nextPageKey"))
                }
            }
        }
        let rooted = list.and_then(|(root, _)| root).and_then(|root| {
            properties(self.source, schema).into_iter().find(|(name, _)| *name == root).map(|(_, property)| property)
        });
        let Model { name, schemas } = model(self.source, rooted.unwrap_or(schema), &self.schema_name("Response"));
        of.insert("name".to_owned(), name.into());
        of.insert("swagger".to_owned(), schemas.into());
    }

    /// Returns the location of the next cursor in an answer.
    fn next(&self, schema: &'d Value, parameter: &str) -> Option<String> {
        let found = |prefix: &str, schema: &'d Value| {
            let fields = properties(self.source, schema);
            let (name, field) = fields.into_iter().find(|(name, _)| is_next(name))?;
            let field = self.source.resolve(field);
            let is_address =
                matches!(field.get("format").and_then(Value::as_str), Some("uri" | "url" | "uri-reference"));
            let query = if is_address { format!("?{parameter}") } else { String::new() };
            Some(format!("{prefix}{name}{query}"))
        };
        let own = found("body.", schema);
        own.or_else(|| {
            let envelopes = properties(self.source, schema).into_iter().filter(|(name, _)| is_envelope(name));
            envelopes.into_iter().find_map(|(name, envelope)| found(&format!("body.{name}."), envelope))
        })
    }

    /// Returns a name for a schema that has none: `ticketsByIdGetResponse`.
    fn schema_name(&self, end: &str) -> String {
        let parts = self.path.split(['/', '-', '.', '{', '}']).filter(|part| !part.is_empty());
        let words: Vec<String> = parts.map(capitalized).collect();
        let name = format!("{}{}{end}", words.concat(), capitalized(self.method));
        let mut letters = name.chars();
        letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    }

    fn plain_parameters(&self, paging: &Paging, label: &str, notes: &mut Vec<String>) -> Vec<Value> {
        let mut parameters = Vec::new();
        let is_get = self.method == "get";
        for parameter in &self.parameters {
            let Some(name) = parameter["name"].as_str() else { continue };
            let place = parameter["in"].as_str().unwrap_or_default();
            match place {
                "path" | "query" => {}
                "header" if !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) => {}
                "cookie" => {
                    notes.push(format!("{label}: the cookie {name} is not sent"));
                    continue;
                }
                _ => continue,
            }
            let caller = match role(name).filter(|_| is_get && place == "query") {
                Some(Role::Cursor) => "nextPage",
                Some(Role::Size) => "pageSize",
                Some(Role::Page) if !paging.is_by_offset() => "page",
                Some(Role::Offset) if paging.is_by_offset() => "page",
                _ => name,
            };
            if caller != name {
                notes.push(format!("{label}: {name} is taken for {caller}"));
            }
            let mut entry = self.entry(place, caller, name, parameter);
            if ["nextPage", "pageSize", "page"].contains(&caller) {
                entry["required"] = false.into();
            }
            if !parameters.iter().any(|known: &Value| known["name"] == caller && known["type"] == place) {
                parameters.push(entry);
            }
        }
        parameters
    }

    /// Returns the entry of a parameter.
    fn entry(&self, place: &str, name: &str, vendor_name: &str, parameter: &'d Value) -> Value {
        let schema = self.schema(parameter);
        let data_type = type_of(schema).filter(|word| *word != "array" && *word != "object").unwrap_or("string");
        let is_required = place == "path" || parameter["required"] == true;
        let mut entry = json!({
            "type": place, "name": name, "vendorType": place, "vendorName": vendor_name, "dataType": data_type,
            "vendorDataType": data_type, "source": "request", "required": is_required,
        });
        if let Some(line) = parameter["description"].as_str().and_then(first_line) {
            entry["description"] = line.into();
        }
        entry
    }

    /// Returns the parameters of the body, and adds its model.
    fn body(&self, of: &mut Map<String, Value>, label: &str, notes: &mut Vec<String>) -> Vec<Value> {
        if self.source.is_v2 {
            return self.body_of_v2(of);
        }
        let Some(body) = self.members.get("requestBody").map(|body| self.source.resolve(body)) else {
            return Vec::new();
        };
        let Some(content) = body.get("content").and_then(Value::as_object) else { return Vec::new() };
        let Some(media_type) = preferred(content.keys().map(String::as_str)) else { return Vec::new() };
        let schema = content[media_type].get("schema");
        let is_required = body["required"] == true;
        match media_type.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => self.form("form", schema),
            "multipart/form-data" => self.form("multipart", schema),
            other => {
                let mut parameters = vec![self.whole(schema, is_required, of)];
                if !is_json(other) {
                    notes.push(format!("{label}: the body is sent as {other}"));
                    parameters.push(literal("Content-Type", media_type));
                }
                parameters
            }
        }
    }

    fn body_of_v2(&self, of: &mut Map<String, Value>) -> Vec<Value> {
        if let Some(parameter) = self.of_place("body").next() {
            return vec![self.whole(parameter.get("schema"), parameter["required"] == true, of)];
        }
        let consumes = self.members.get("consumes").or_else(|| self.source.at("/consumes"));
        let is_multipart = consumes.is_some_and(|types| types.to_string().contains("multipart/form-data"));
        let field = |parameter: &'d Value| {
            let name = parameter["name"].as_str()?;
            let is_file = parameter["type"] == "file";
            Some(self.entry(form_place(is_multipart, is_file), name, name, parameter))
        };
        self.of_place("formData").filter_map(field).collect()
    }

    /// Returns the parameter of a whole body.
    fn whole(&self, schema: Option<&'d Value>, is_required: bool, of: &mut Map<String, Value>) -> Value {
        let mut data_type = "object".to_owned();
        if let Some(schema) = schema {
            let Model { name, schemas } = model(self.source, schema, &self.schema_name("Request"));
            data_type.clone_from(&name);
            of.insert("requestName".to_owned(), name.into());
            of.insert("requestSwagger".to_owned(), schemas.into());
        }
        json!({
            "type": "body", "name": "body", "vendorType": "body", "vendorName": "body", "dataType": data_type,
            "source": "request", "required": is_required,
        })
    }

    /// Returns the parameters of a form: one for each member of its schema.
    fn form(&self, place: &str, schema: Option<&'d Value>) -> Vec<Value> {
        let Some(schema) = schema else { return Vec::new() };
        let required = self.source.resolve(schema).get("required").and_then(Value::as_array);
        let field = |(name, field): (&str, &'d Value)| {
            let resolved = self.source.resolve(field);
            let is_file = resolved["format"] == "binary" || resolved.get("contentMediaType").is_some();
            let place = form_place(place == "multipart", is_file);
            let mut entry = self.entry(place, name, name, resolved);
            entry["required"] = required.is_some_and(|names| names.iter().any(|known| known == name)).into();
            entry
        };
        properties(self.source, schema).into_iter().map(field).collect()
    }
}

fn form_place(is_multipart: bool, is_file: bool) -> &'static str {
    match (is_multipart, is_file) {
        (_, true) => "file",
        (true, false) => "multipart",
        (false, false) => "form",
    }
}

fn literal(header: &str, value: &str) -> Value {
    json!({"type": "value", "name": value, "vendorType": "header", "vendorName": header, "source": "request"})
}

/// Returns the media type to use: JSON if there is one.
fn preferred<'t>(types: impl Iterator<Item = &'t str> + Clone) -> Option<&'t str> {
    types.clone().find(|media_type| is_json(media_type)).or_else(|| types.into_iter().next())
}

fn is_json(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    name == "application/json" || name.ends_with("+json") || name == "*/*"
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
