//! Values of the configuration as definitions see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document::Definition;

/// The configuration of an instance together with its definition. Contains secrets, so there is no `Debug`.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    definition: &'a Definition,
    values: &'a BTreeMap<String, String>,
}

impl<'a> Settings<'a> {
    /// Creates the settings of an instance.
    pub fn new(definition: &'a Definition, values: &'a BTreeMap<String, String>) -> Self {
        Self { definition, values }
    }

    /// Returns the definition.
    pub fn definition(&self) -> &'a Definition {
        self.definition
    }

    /// Returns the values that the instance itself has.
    pub fn values(&self) -> &'a BTreeMap<String, String> {
        self.values
    }

    /// Returns the value of a key: that of the instance, else the default, else the member of `instance.variables` if
    /// no such key exists (spec E 3.3, 3.35). A blank value is none.
    pub fn get(&self, key: &str) -> Option<Cow<'a, str>> {
        let value = match (self.values.get(key), self.default_of(key)) {
            (Some(value), _) => Cow::Borrowed(value.as_str()),
            (None, Some(default)) => Cow::Borrowed(default?),
            (None, None) => Cow::Owned(self.variable(key)?),
        };
        (!value.trim().is_empty()).then_some(value)
    }

    /// Returns whether the element or the instance has a key, with or without a value (spec E 5.33).
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key) || self.default_of(key).is_some() || self.variable(key).is_some()
    }

    /// Returns the default of an entry of the definition. The outer `None` means that there is no such entry.
    fn default_of(&self, key: &str) -> Option<Option<&'a str>> {
        let entry = self.definition.configuration.iter().find(|entry| entry.key == key)?;
        Some(entry.default.as_deref())
    }

    /// Returns the members of `instance.variables` (spec E 3.35).
    pub fn variables(&self) -> serde_json::Map<String, serde_json::Value> {
        let text = self.values.get("instance.variables").map(String::as_str);
        let text = text.or_else(|| self.default_of("instance.variables").flatten());
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn variable(&self, key: &str) -> Option<String> {
        match self.variables().get(key)? {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::definition::testing::{definition, values};

    #[test]
    fn values_go_before_defaults_and_variables_come_last() {
        let element = definition(
            r#"{"name":"x","authentication":{"type":"none"},"configuration":[
                {"key":"a","defaultValue":"da"},{"key":"b","defaultValue":"db"},{"key":"c"},{"key":"d","defaultValue":"dd"}]}"#,
        );
        let values =
            values(&[("a", "va"), ("d", " "), ("instance.variables", r#"{"a":"no","c":"no","e":"ve","n":5}"#)]);
        let settings = Settings::new(&element, &values);
        let get = |key| settings.get(key).map(Cow::into_owned);
        // Spec E 3.35: where no key of that name exists.
        assert_eq!(["a", "b", "e", "n"].map(get), ["va", "db", "ve", "5"].map(|text| Some(text.to_owned())));
        // Spec E 3.3: absent without value and default; a blank value hides the default.
        assert_eq!(["c", "d", "f"].map(get), [None, None, None]);
        assert!(settings.has("c") && settings.has("e") && !settings.has("f"));
    }
}
