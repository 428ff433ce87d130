//! A light reader of definitions (spec E 1). It has nothing of the engine's reader, since it checks the engine.

use serde_json::Value;

/// A definition.
#[derive(Clone, Debug)]
pub struct Document {
    /// The document itself.
    pub value: Value,
    /// Key of the element.
    pub key: String,
    /// Type of the authentication.
    pub authentication: String,
    /// Entries of the configuration.
    pub configuration: Vec<Entry>,
    /// Global parameters.
    pub parameters: Vec<Parameter>,
    /// Resources, in order.
    pub resources: Vec<Resource>,
    /// Whether there are global scripts.
    pub scripts: bool,
}

/// An entry of the configuration.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The default, if it is not empty.
    pub default: Option<String>,
    /// Type as written.
    pub kind: String,
    /// Whether an instance needs a value.
    pub required: bool,
    /// Whether the author or the engine sets it.
    pub internal: bool,
    /// Values to choose from.
    pub options: Vec<String>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Type: where the value comes from.
    pub from: String,
    /// Name there; of a literal the text.
    pub name: String,
    /// Vendor type: where the value goes.
    pub to: String,
    /// Name there.
    pub vendor_name: String,
    /// Whether the direction is turned.
    pub response: bool,
    /// Type at the vendor.
    pub vendor_data_type: String,
    /// Whether a call needs it.
    pub required: bool,
}

/// A resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Position in the document.
    pub position: usize,
    /// Method of the caller.
    pub method: String,
    /// Path of the caller as written, blanks at its ends cut.
    pub written: String,
    /// Path of the caller without the hub.
    pub path: String,
    /// Method at the vendor.
    pub vendor_method: String,
    /// Path at the vendor.
    pub vendor_path: String,
    /// Type.
    pub kind: String,
    /// Whether it is no part of the document (`kind` is `java`).
    pub java: bool,
    /// Path that wraps the request.
    pub request_root: Option<String>,
    /// Path that unwraps the response.
    pub response_root: Option<String>,
    /// Type of paging, in capitals.
    pub pagination: String,
    /// Location of the next cursor.
    pub next_page_key: Option<String>,
    /// Whether it is the first step of a chain.
    pub chain: bool,
    /// Whether it has scripts.
    pub scripts: bool,
    /// The model.
    pub model: Value,
    /// Media type of the answer, if the document has it.
    pub content_type: Option<String>,
    /// Parameters, in order.
    pub parameters: Vec<Parameter>,
}

fn text(value: &Value, name: &str) -> Option<String> {
    let text = match value.get(name)? {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

fn truth(value: &Value, name: &str) -> bool {
    text(value, name).is_some_and(|text| text == "true")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn has_scripts(value: &Value) -> bool {
    let is_one = |hook: &Value| text(hook, "body").is_some_and(|body| !body.trim().is_empty());
    list(value, "hooks").iter().any(is_one)
}

impl Document {
    /// Reads a document.
    pub fn read(value: &Value) -> Self {
        let name = text(value, "name").unwrap_or_default();
        let derived = || name.to_lowercase().chars().filter(|char| char.is_ascii_alphanumeric()).collect();
        Self {
            key: text(value, "key").unwrap_or_else(derived),
            authentication: text(&value["authentication"], "type").unwrap_or_default(),
            configuration: list(value, "configuration").iter().map(Entry::read).collect(),
            parameters: list(value, "parameters").iter().map(Parameter::read).collect(),
            resources: list(value, "resources").iter().enumerate().map(Resource::read).collect(),
            scripts: has_scripts(value),
            value: value.clone(),
        }
    }

    /// Returns the parameters of a call of a resource in the order in which they apply.
    pub fn parameters_of<'a>(&'a self, resource: &'a Resource) -> impl Iterator<Item = &'a Parameter> {
        self.parameters.iter().chain(&resource.parameters)
    }

    /// Returns the field that identifies the records of a resource.
    pub fn primary_key(&self, resource: &Resource) -> String {
        let object = resource.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        let object = object.collect::<Vec<_>>().join("_");
        let entry = list(&self.value, "objects").iter().find(|entry| text(entry, "name") == Some(object.clone()));
        entry.and_then(|entry| text(entry, "primaryKeyName")).unwrap_or_else(|| "id".to_owned())
    }
}

impl Entry {
    fn read(value: &Value) -> Self {
        let options = list(value, "options").iter().filter_map(|option| text(option, "value"));
        Self {
            key: text(value, "key").unwrap_or_default(),
            default: text(value, "defaultValue"),
            kind: text(value, "type").unwrap_or_default(),
            required: truth(value, "required"),
            internal: truth(value, "internal"),
            options: options.collect(),
        }
    }
}

impl Parameter {
    fn read(value: &Value) -> Self {
        let from = text(value, "type").unwrap_or_default();
        let name = text(value, "name").unwrap_or_default();
        Self {
            to: text(value, "vendorType").unwrap_or_else(|| from.clone()),
            vendor_name: text(value, "vendorName").unwrap_or_else(|| name.clone()),
            response: text(value, "source").is_some_and(|source| source == "response"),
            vendor_data_type: text(value, "vendorDataType").unwrap_or_default(),
            required: truth(value, "required"),
            from,
            name,
        }
    }

    /// Returns whether the value is written in the document.
    pub fn is_literal(&self) -> bool {
        matches!(self.from.as_str(), "value" | "customValue")
    }

    /// Returns the converter of a search.
    pub fn converter(&self) -> Option<&str> {
        self.vendor_name.strip_prefix("converter:")
    }
}

impl Resource {
    fn read((position, value): (usize, &Value)) -> Self {
        let path = text(value, "path").unwrap_or_default();
        let path = path.trim();
        let inner = path.strip_prefix("/hubs/").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        let method = text(value, "method").unwrap_or_default();
        let method = if method == "GETBYID" { "GET".to_owned() } else { method };
        let root = text(value, "rootKey").unwrap_or_default();
        let (request, response) = root.split_once('|').unwrap_or(("", &root));
        let half = |half: &str| Some(half.trim().to_owned()).filter(|half| !half.is_empty());
        let expressions = &value["expressions"];
        Self {
            position,
            written: path.to_owned(),
            path: inner.unwrap_or(path).to_owned(),
            vendor_method: text(value, "vendorMethod").unwrap_or_else(|| method.clone()),
            method,
            vendor_path: text(value, "vendorPath").unwrap_or_default().trim().to_owned(),
            kind: text(value, "type").unwrap_or_else(|| "api".to_owned()),
            java: text(value, "kind").is_some_and(|kind| kind.eq_ignore_ascii_case("java")),
            request_root: text(expressions, "requestBodyRoot").or_else(|| half(request)),
            response_root: text(expressions, "responseBodyRoot").or_else(|| half(response)),
            pagination: text(value, "paginationType").unwrap_or_default().to_uppercase(),
            next_page_key: text(value, "nextPageKey"),
            chain: text(value, "nextResource").is_some(),
            scripts: has_scripts(value),
            model: value.get("model").cloned().unwrap_or_default(),
            content_type: text(&value["response"], "contentType"),
            parameters: list(value, "parameters").iter().map(Parameter::read).collect(),
        }
    }

    /// Returns whether a caller can call it.
    pub fn is_callable(&self) -> bool {
        matches!(self.kind.as_str(), "api" | "apiNoDocumentation")
    }

    /// Returns whether the path ends with a parameter.
    pub fn is_by_id(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Returns the request parameter with this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| !parameter.response && parameter.name == name)
    }

    /// Returns whether the answer is a list: the model says so, or else the path does not end with a parameter.
    pub fn is_list(&self) -> bool {
        if self.method != "GET" || self.file_type().is_some() {
            return false;
        }
        let pages = ["page", "pageSize", "nextPage"].iter().any(|name| self.parameter(name).is_some());
        pages || self.root_schema().map_or(!self.is_by_id(), |root| root["type"] == "array")
    }

    /// Returns the media type of the file that is the answer.
    pub fn file_type(&self) -> Option<&str> {
        let is_file = |media: &&str| !["json", "xml", "text", "*"].iter().any(|word| media.contains(word));
        self.content_type.as_deref().filter(is_file)
    }

    /// Returns the root schema of the response.
    pub fn root_schema(&self) -> Option<&Value> {
        let name = self.model["name"].as_str()?;
        self.model["swagger"].get(name)
    }

    /// Returns the root schema of the request.
    pub fn request_schema(&self) -> Option<&Value> {
        let name = self.model["requestName"].as_str().or_else(|| self.model["name"].as_str())?;
        self.model["requestSwagger"].get(name).or_else(|| self.model["swagger"].get(name))
    }
}
