//! The configuration of an instance: accepted values, stored form and form in responses (spec P 5.3, 6.2, 6.4).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::auth::MASK;
use crate::element::{ConfigurationInfo, ConfigurationRole, ConfigurationType, Element, is_secret_name};
use crate::engine::failure::Failure;
use crate::vendor::LoginKind;
use crate::vendor::oauth2::keys;

/// Configuration as stored: every value is a string.
pub(crate) type Stored = BTreeMap<String, String>;

/// Treatment of keys that a change does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Optional keys return to their default; required ones stay.
    Replace,
    /// All keys stay.
    Merge,
}

/// Returns the configuration of a new instance (spec P 6.2, steps 4 to 8).
pub(crate) fn for_new(element: &dyn Element, given: &Map<String, Value>, overrides: bool) -> Result<Stored, Failure> {
    let mut stored = Stored::new();
    for (key, value) in given {
        if let Some(text) = normalize(element, key, value, overrides)? {
            stored.insert(key.clone(), text);
        }
    }
    complete(element, &mut stored)?;
    Ok(stored)
}

/// Checks required values, adds defaults, and checks all of them together.
fn complete(element: &dyn Element, stored: &mut Stored) -> Result<(), Failure> {
    require(element, stored)?;
    add_defaults(element, stored);
    element.check_values(stored).map_err(Failure::bad_request)
}

/// Returns the configuration of an instance after a change (spec P 6.4, 6.7).
pub(crate) fn changed(
    element: &dyn Element,
    old: &Stored,
    given: &Map<String, Value>,
    manner: Manner,
    overrides: bool,
) -> Result<Stored, Failure> {
    let info = element.info();
    let required = |key: &str| info.configuration(key).is_some_and(|info| info.required);
    let mut stored = old.clone();
    if manner == Manner::Replace {
        stored.retain(|key, _| required(key));
    }
    for (key, value) in given {
        if is_mask(element, key, value) {
            stored.extend(old.get_key_value(key).map(|(key, value)| (key.clone(), value.clone())));
            continue;
        }
        match normalize(element, key, value, overrides)? {
            Some(text) => drop(stored.insert(key.clone(), text)),
            None if manner == Manner::Merge => drop(stored.remove(key)),
            None => {}
        }
    }
    complete(element, &mut stored)?;
    if let Some(host) = info.key_of(ConfigurationRole::Host).filter(|host| stored.get(*host) != old.get(*host)) {
        require_secrets_anew(element, host, given)?;
    }
    Ok(stored)
}

/// Returns whether the value is the mask of a response, which keeps the stored value.
fn is_mask(element: &dyn Element, key: &str, value: &Value) -> bool {
    value == MASK && is_masked(element, key)
}

/// Requires the secrets when the host changes, so that a stored secret is never sent to a new host (spec BT 2.1).
fn require_secrets_anew(element: &dyn Element, host: &str, given: &Map<String, Value>) -> Result<(), Failure> {
    for secret in element.info().configuration.iter().filter(|info| info.role == ConfigurationRole::Secret) {
        let value = given.get(&*secret.key).filter(|value| !value.is_null());
        if value.is_none_or(|value| is_mask(element, &secret.key, value)) {
            return Err(Failure::bad_request(format!("{} must be given anew when {host} changes", secret.key)));
        }
    }
    Ok(())
}

/// Checks that an instance has every value that its element requires (spec E 2.30).
pub(crate) fn require(element: &dyn Element, stored: &Stored) -> Result<(), Failure> {
    let has_login = LoginKind::named(&element.authentication(stored)).is_some();
    let comes_from_login = |info: &ConfigurationInfo| has_login && keys::ACQUIRED.contains(&&*info.key);
    let required = element.info().configuration.iter().filter(|info| info.required && !comes_from_login(info));
    for info in required.filter(|info| element.applies(&info.key, stored)) {
        if stored.get(&*info.key).is_none_or(|value| value.trim().is_empty()) {
            return Err(Failure::bad_request(format!("Missing required configuration: {}", info.key)));
        }
    }
    Ok(())
}

fn add_defaults(element: &dyn Element, stored: &mut Stored) {
    for info in &element.info().configuration {
        if let Some(default) = info.default.as_ref().filter(|_| element.applies(&info.key, stored)) {
            stored.entry(info.key.to_string()).or_insert_with(|| default.to_string());
        }
    }
}

/// Returns a value in its stored form. Returns `None` if it is null, which means not supplied.
fn normalize(element: &dyn Element, key: &str, value: &Value, overrides: bool) -> Result<Option<String>, Failure> {
    let info = element.info().configuration(key);
    let moves_login = element.moves_login(key, value.as_str().unwrap_or_default());
    let is_host = info.is_some_and(|info| info.role == ConfigurationRole::Host) || moves_login;
    if is_host && !value.is_null() && !overrides {
        let message = format!("{key} is accepted only where the engine allows it (allow_vendor_override)");
        return Err(Failure::bad_request(message));
    }
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let text = element.normalize(key, text).map_err(Failure::bad_request)?;
    match info {
        Some(info) if info.kind == ConfigurationType::Boolean => boolean(info, &text).map(Some),
        _ => Ok(Some(text)),
    }
}

fn boolean(info: &ConfigurationInfo, text: &str) -> Result<String, Failure> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" => Ok("true".to_owned()),
        "false" | "no" => Ok("false".to_owned()),
        _ => Err(Failure::bad_request(format!("{} must be true or false", info.key))),
    }
}

/// Returns whether responses mask the value of this key (spec P 6.4, E 3.16).
pub(crate) fn is_masked(element: &dyn Element, key: &str) -> bool {
    let declared = element.info().configuration(key).is_some_and(|info| info.masked);
    declared || is_secret_name(key) || element.masks(key)
}

/// Returns the configuration as responses show it.
pub(crate) fn shown(element: &dyn Element, stored: &Stored) -> BTreeMap<String, String> {
    let show = |(key, value): (&String, &String)| {
        let value = if is_masked(element, key) { MASK } else { value };
        (key.clone(), value.to_owned())
    };
    stored.iter().map(show).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::elements::registry::Elements;

    /// Returns the first built-in element.
    fn element() -> std::sync::Arc<dyn Element> {
        Elements::new(false).all()[0].clone()
    }

    /// Returns a configuration key, in which `~` stands for the key of the element and a dot.
    fn full(key: &str) -> String {
        key.replace('~', &format!("{}.", element().info().key))
    }

    fn members(given: &Value) -> Map<String, Value> {
        let given = given.as_object().into_iter().flatten();
        given.map(|(key, value)| (full(key), value.clone())).collect()
    }

    fn new(given: Value) -> Result<Stored, String> {
        for_new(&*element(), &members(&given), false).map_err(|failure| failure.message)
    }

    fn value<'a>(stored: &'a Stored, key: &str) -> Option<&'a str> {
        stored.get(&full(key)).map(String::as_str)
    }

    #[test]
    fn values_become_text_and_defaults_are_added() {
        let given = json!({"~api.key": 7, "~api.secret": "s", "~isstaging": "Yes",
            "filter.response.nulls": false, "mine": {"a": 1}, "event.vendor.type": null});
        let stored = new(given).unwrap_or_default();
        let text = |key: &str| value(&stored, key);
        assert_eq!(text("~api.key"), Some("7"));
        assert_eq!(text("~isstaging"), Some("true"));
        assert_eq!(text("filter.response.nulls"), Some("false"));
        assert_eq!(text("~bulkignore.emailnotpresent"), Some("true"));
        assert_eq!(text("mine"), Some(r#"{"a":1}"#));
        assert_eq!(text("event.vendor.type"), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let error = |given| new(given).err();
        let missing = Some(full("Missing required configuration: ~api.secret"));
        assert_eq!(error(json!({"~api.key": "k", "~api.secret": " "})), missing);
        assert!(error(json!({"~api.key": "a:b", "~api.secret": "s"})).is_some());
        assert!(error(json!({"~api.key": "a", "~api.secret": "s", "~isstaging": "maybe"})).is_some());
        assert!(error(json!({"~api.key": "a", "~api.secret": "s", "~base.url": "http://x"})).is_some());
    }

    #[test]
    fn a_change_keeps_what_it_must() {
        let old = new(json!({"~api.key": "k", "~api.secret": "s", "mine": "1", "my.token": "t",
            "filter.response.nulls": "false"}))
        .unwrap_or_default();
        let change = |given: Value, manner, overrides| {
            changed(&*element(), &old, &members(&given), manner, overrides).map_err(|failure| failure.message)
        };
        let replaced = change(json!({"my.token": MASK}), Manner::Replace, false).unwrap_or_default();
        assert_eq!(value(&replaced, "~api.secret"), Some("s"));
        assert_eq!(value(&replaced, "my.token"), Some("t"));
        assert_eq!(value(&replaced, "mine"), None);
        assert_eq!(value(&replaced, "filter.response.nulls"), Some("true"));
        let merged = change(json!({"mine": null, "~api.key": MASK}), Manner::Merge, false);
        let merged = merged.unwrap_or_default();
        assert_eq!(value(&merged, "mine"), None);
        assert_eq!(value(&merged, "~api.key"), Some("k"));
        assert_eq!(value(&merged, "filter.response.nulls"), Some("false"));
        assert!(change(json!({"~api.secret": null}), Manner::Merge, false).is_err());
        // A new host requires the secret again.
        let host = json!({"~base.url": "http://localhost:1"});
        assert!(change(host.clone(), Manner::Merge, false).is_err());
        assert!(change(host, Manner::Merge, true).is_err());
        let host = json!({"~base.url": "http://localhost:1", "~api.secret": "s"});
        assert!(change(host, Manner::Merge, true).is_ok());
    }

    #[test]
    fn secrets_are_masked_by_definition_and_by_name() {
        for key in ["~api.key", "~api.secret", "oauth.api.key", "my.PassWord", "x-token-y"] {
            assert!(is_masked(&*element(), &full(key)), "{key}");
        }
        for key in ["~isstaging", "my.key", "event.notification.basic.username"] {
            assert!(!is_masked(&*element(), &full(key)), "{key}");
        }
    }
}
