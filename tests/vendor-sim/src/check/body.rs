//! The body of the vendor request (spec E 5.7).

use serde_json::{Value, json};

use super::literal::{Place, Tokens, joined, template};
use super::{Body, Context};
use crate::{dotted, xml};

/// Body in the making.
#[derive(Default)]
pub(super) struct Parts {
    pub literal: Option<String>,
    pub whole: Option<Value>,
    /// A file that is the body as it is (spec E 5.30).
    pub file: Option<String>,
    pub fields: Vec<(String, Value)>,
    pub form: Vec<(String, String)>,
    pub multipart: Vec<(String, String)>,
}

impl Parts {
    pub fn set_form(&mut self, name: &str, value: String) {
        self.form.retain(|(known, _)| known != name);
        self.form.push((name.to_owned(), value));
    }

    pub fn finished(self, context: &Context<'_>, tokens: &Tokens, content_type: Option<&str>) -> Body {
        if !self.multipart.is_empty() {
            return Body::Multipart(self.multipart);
        }
        if !self.form.is_empty() {
            return Body::Form(self.form);
        }
        if let Some(literal) = &self.literal {
            let is_xml = literal.trim_start().starts_with('<');
            let is_json = literal.trim_start().starts_with(['{', '[', '"']);
            let place = match (is_xml, is_json) {
                (true, _) => Place::Xml,
                (_, true) => Place::Json,
                _ => Place::Plain,
            };
            let text = template(context, literal, tokens, place).map(|pieces| joined(&pieces)).unwrap_or_default();
            return if is_xml { Body::Xml(text) } else { Body::Text(text) };
        }
        if let Some(file) = self.file {
            return Body::File(file);
        }
        // A GET takes no body from `body` and `bodyField` (spec E 5.91).
        if matches!(context.resource.vendor_method.as_str(), "GET" | "HEAD") {
            return Body::None;
        }
        let made = match (self.whole, self.fields) {
            (None, fields) if fields.is_empty() => return Body::None,
            (whole, fields) => {
                let mut value = whole.unwrap_or_else(|| json!({}));
                fields.into_iter().for_each(|(path, field)| dotted::set(&mut value, &path, field));
                value
            }
        };
        let wrapped = match &context.resource.request_root {
            Some(root) => dotted::wrapped(made, &without_indexes(root)),
            None => made,
        };
        if content_type.is_some_and(|media| media.contains("xml")) {
            return Body::Xml(xml::document(&wrapped));
        }
        Body::Json(wrapped)
    }
}

fn without_indexes(path: &str) -> String {
    let mut result = String::new();
    let mut is_inside = false;
    for char in path.chars() {
        match char {
            '[' => is_inside = true,
            ']' => is_inside = false,
            _ if !is_inside => result.push(char),
            _ => {}
        }
    }
    result
}

/// Returns a value with the JSON type that the vendor wants (spec E 5.31).
pub(super) fn typed(value: Value, kind: &str) -> Value {
    let Value::String(text) = &value else { return value };
    let read = match kind {
        "boolean" => text.parse().ok().map(Value::Bool),
        "integer" | "long" | "number" | "float" | "double" => {
            serde_json::from_str::<Value>(text).ok().filter(Value::is_number)
        }
        _ => None,
    };
    read.unwrap_or(value)
}
