//! A definition as it is imported for a test: its addresses lead to the simulator, and an instance has a value for each
//! entry of the configuration.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Document;
use crate::template::{Part, parts};

/// Client id, secret, user and password that the simulator accepts.
pub const CLIENT_ID: &str = "sim-client";
/// The client's secret.
pub const CLIENT_SECRET: &str = "sim-client-secret-41c7";
/// The user.
pub const USERNAME: &str = "ann@example.org";
/// The password, with the characters that an author's template may have to escape.
pub const PASSWORD: &str = "pa)ss<w&rd\"{x}";
/// Address to which a vendor sends the user.
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// Returns the document with each address of a vendor below the simulator's: `https://api.example/v1` becomes
/// `http://127.0.0.1:PORT/api.example/v1`.
pub fn localized(document: &Value, origin: &str) -> Value {
    let mut document = document.clone();
    for entry in document.get_mut("configuration").and_then(Value::as_array_mut).into_iter().flatten() {
        let is_callback = entry["key"] == "oauth.callback.url";
        if let Some(value) = entry.get_mut("defaultValue").filter(|_| !is_callback) {
            localize(value, origin);
        }
    }
    for resource in document.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(path) = resource.get_mut("vendorPath") {
            localize(path, origin);
        }
    }
    document
}

fn localize(value: &mut Value, origin: &str) {
    let Some(text) = value.as_str() else { return };
    let rest = text.trim().strip_prefix("https://").or_else(|| text.trim().strip_prefix("http://"));
    if let Some(rest) = rest.filter(|_| !text.contains(origin)) {
        *value = Value::String(format!("{origin}/{rest}"));
    }
}

/// Returns the configuration of an instance: what the definition demands, what its parameters name and has no
/// default, and what its login needs.
pub fn configuration(document: &Document, origin: &str) -> BTreeMap<String, String> {
    let stored: Vec<&str> = document
        .resources
        .iter()
        .flat_map(|resource| &resource.parameters)
        .filter(|parameter| parameter.response && parameter.from == "configuration")
        .map(|parameter| parameter.name.as_str())
        .collect();
    let is_engines =
        |key: &str| key.starts_with("oauth.user.") || key == "authentication.time" || stored.contains(&key);
    let mut values = BTreeMap::new();
    for entry in &document.configuration {
        let key = entry.key.as_str();
        let is_left = key.starts_with("event.") || key.starts_with("pagination") || key.starts_with("filter.");
        if entry.default.is_some() && !is_credential(key)
            || is_left
            || is_engines(key)
            || entry.internal && !entry.required && !key.starts_with("oauth")
        {
            continue;
        }
        let base = document.configuration.iter().find(|entry| entry.key == "base.url");
        let is_base = base.is_some_and(|base| base.default.as_deref() == Some(&format!("{{{key}}}")));
        if is_base {
            values.insert(key.to_owned(), format!("{origin}/{key}"));
            continue;
        }
        if let Some(value) = value_of(key, &entry.kind, &entry.options, origin) {
            values.insert(key.to_owned(), value);
        }
    }
    if document.authentication.starts_with("oauth2") {
        for key in ["oauth.api.key", "oauth.api.secret", "oauth.token.url"] {
            let has_default = document.configuration.iter().any(|entry| entry.key == key && entry.default.is_some());
            if !has_default || is_credential(key) {
                values.extend(value_of(key, "", &[], origin).map(|value| (key.to_owned(), value)));
            }
        }
    }
    values
}

fn is_credential(key: &str) -> bool {
    matches!(key, "oauth.api.key" | "oauth.api.secret" | "oauth.callback.url")
}

fn value_of(key: &str, kind: &str, options: &[String], origin: &str) -> Option<String> {
    let value = match key {
        "oauth.api.key" => CLIENT_ID.to_owned(),
        "oauth.api.secret" => CLIENT_SECRET.to_owned(),
        "oauth.callback.url" => CALLBACK.to_owned(),
        "oauth.authorization.url" => format!("{origin}/oauth/authorize"),
        "oauth.token.url" => format!("{origin}/oauth/token"),
        "oauth.token.refresh_url" | "oauth.token.revoke_url" => return None,
        "username" => USERNAME.to_owned(),
        "password" => PASSWORD.to_owned(),
        "base.url" => format!("{origin}/api"),
        "expires_in" => return None,
        _ if !options.is_empty() => options[0].clone(),
        _ if kind.starts_with("BOOLEAN") => "true".to_owned(),
        _ if key.ends_with("url") => format!("{origin}/{key}"),
        _ => format!("v-{}", key.replace('.', "-")).chars().take(30).collect(),
    };
    Some(value)
}

/// Returns an address of the configuration, with its placeholders filled (spec E 3.18).
pub fn address(document: &Document, configuration: &BTreeMap<String, String>, key: &str) -> Option<String> {
    let filled = parts(value(document, configuration, key)?).into_iter().map(|part| match part {
        Part::Text(text) => text,
        Part::Hole(name) => value(document, configuration, &name).map_or(format!("{{{name}}}"), str::to_owned),
    });
    Some(filled.collect())
}

/// Returns the value of an entry in an instance with this configuration.
pub fn value<'a>(document: &'a Document, configuration: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    let given = configuration.get(key).map(String::as_str);
    let default =
        || document.configuration.iter().find(|entry| entry.key == key).and_then(|entry| entry.default.as_deref());
    given.or_else(default).filter(|value| !value.is_empty())
}
