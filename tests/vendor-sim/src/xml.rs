//! JSON as XML: `@x` is an attribute, `$` text beside attributes, an array equal siblings (the inverse of spec E 5.68).

use serde_json::Value;

/// Writes a document. The value needs one member, the root element.
pub fn document(value: &Value) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
    match value.as_object().and_then(|members| members.iter().next()) {
        Some((name, inner)) => element(&mut text, name, inner),
        None => element(&mut text, "Response", value),
    }
    text
}

/// Writes a value as an element, an array as several.
pub fn element(text: &mut String, name: &str, value: &Value) {
    let name = &clean(name);
    match value {
        Value::Array(items) => items.iter().for_each(|item| element(text, name, item)),
        Value::Object(members) => {
            text.push_str(&format!("<{name}"));
            for (attribute, value) in members.iter().filter_map(|(key, value)| Some((key.strip_prefix('@')?, value))) {
                text.push_str(&format!(" {attribute}=\"{}\"", escape(&plain(value))));
            }
            text.push('>');
            for (member, value) in members.iter().filter(|(key, _)| !key.starts_with('@')) {
                if member == "$" { text.push_str(&escape(&plain(value))) } else { element(text, member, value) }
            }
            text.push_str(&format!("</{name}>"));
        }
        Value::Null => text.push_str(&format!("<{name}/>")),
        other => text.push_str(&format!("<{name}>{}</{name}>", escape(&plain(other)))),
    }
}

/// Returns a name that XML allows; models have names with blanks and `$`.
fn clean(name: &str) -> String {
    let valid = |char: char| char.is_alphanumeric() || matches!(char, ':' | '_' | '-' | '.');
    let name: String = name.chars().map(|char| if valid(char) { char } else { '_' }).collect();
    if name.starts_with(|char: char| char.is_alphabetic() || char == '_') { name } else { format!("_{name}") }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Escapes text for elements and attributes.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
