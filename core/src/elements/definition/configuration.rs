//! Configuration of defined elements: entries as the catalogue has them, and the values they accept (spec E 3).

use std::collections::BTreeMap;

use super::document::{ConfigurationEntry, Definition};
use crate::element::{ConfigurationInfo, ConfigurationRole, ConfigurationType};
use crate::vendor::oauth1;
use crate::vendor::oauth2::keys;

/// Longest value of a text without a length of its own, and of tokens in short fields (spec E 3.4, 3.10).
const TEXT: u16 = 1000;
/// Longest value of a text area, in bytes (spec E 3.5).
const AREA: usize = 64 << 10;
/// Keys that a login fills itself (spec E 3.27 to 3.29).
const FILLED_BY_LOGIN: [&str; 7] = [
    keys::USER_TOKEN,
    keys::REFRESH_TOKEN,
    keys::REFRESH_INTERVAL,
    keys::REFRESH_TIME,
    keys::AUTHENTICATION_TIME,
    oauth1::keys::TOKEN_SECRET,
    "expires_in",
];
/// Types with rules of their own (spec E 3.5, 3.7 to 3.9).
const NAMED: [&str; 5] = ["TEXTAREA", "CODE_EDITOR", "BOOLEAN_YESNO", "COMBO", "MULTISELECT"];

impl Definition {
    /// Returns the entries of the catalogue, in the order of the document.
    pub(super) fn configuration_infos(&self) -> Vec<ConfigurationInfo> {
        self.configuration.iter().zip(1..).map(|(entry, id)| entry.info(id)).collect()
    }

    /// Returns the entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&ConfigurationEntry> {
        self.configuration.iter().find(|entry| entry.key == key)
    }

    /// Returns whether an entry is in use with these values: it belongs to no group, or to one that is chosen (spec
    /// E 3.14).
    pub(super) fn applies(&self, entry: &ConfigurationEntry, values: &BTreeMap<String, String>) -> bool {
        if !entry.active {
            return false;
        }
        let control = self.configuration.iter().find(|entry| entry.group_control);
        let Some(control) = control.filter(|_| !entry.group_by.is_empty()) else { return true };
        let chosen = values.get(&control.key).map(String::as_str).or(control.default.as_deref());
        chosen.is_some_and(|chosen| entry.group_by.iter().any(|group| group.trim() == chosen.trim()))
    }

    /// Returns a value in its stored form.
    ///
    /// # Errors
    /// Returns the problem if the entry does not accept the value (spec E 3.11).
    pub(super) fn stored_value(&self, key: &str, value: &str) -> Result<String, String> {
        let stored = self.entry(key).map_or_else(|| Some(value.to_owned()), |entry| entry.stored(value));
        stored.ok_or_else(|| invalid(key))
    }

    /// Checks the address of an instance: the author's secrets do not travel to a host that somebody else chose (spec
    /// E 3.40).
    ///
    /// # Errors
    /// Returns the problem, which names the key.
    pub(super) fn check_hosts(&self, values: &BTreeMap<String, String>) -> Result<(), String> {
        let takes_secret = self.configuration.iter().any(|entry| {
            let default = entry.default.as_deref().filter(|default| !default.trim().is_empty());
            entry.is_masked() && default.is_some() && values.get(&entry.key).map(String::as_str) == default
        });
        let moved = ["base.url"].iter().chain(&keys::ADDRESSES).chain(&[keys::AUTHORIZATION_URL]).find(|key| {
            let default = self.entry(key).and_then(|entry| entry.default.as_deref()).and_then(fixed_host);
            let given = values.get(**key).map(String::as_str);
            default.is_some_and(|host| given.is_some_and(|given| fixed_host(given) != Some(host)))
        });
        match moved.filter(|_| takes_secret) {
            Some(key) => Err(invalid(key)),
            None => Ok(()),
        }
    }
}

impl ConfigurationEntry {
    fn info(&self, id: i64) -> ConfigurationInfo {
        let length = self.length().unwrap_or(TEXT);
        let kind = match self.kind.as_str() {
            "PASSWORD" => ConfigurationType::Password,
            "BOOLEAN" => ConfigurationType::Boolean,
            word => match NAMED.iter().find(|known| **known == word) {
                Some(known) => ConfigurationType::Named(known),
                None => ConfigurationType::Text(length),
            },
        };
        let role = if self.internal { ConfigurationRole::Plain } else { ConfigurationRole::Access };
        ConfigurationInfo {
            kind,
            role,
            required: self.is_asked_for(),
            default: self.default.clone().filter(|_| self.active).map(Into::into),
            masked: self.is_masked(),
            ..ConfigurationInfo::text(id, self.key.clone(), self.name.clone(), length)
                .describe(self.description.clone())
        }
    }

    /// Returns whether a new instance needs a value (spec E 3.12).
    fn is_asked_for(&self) -> bool {
        let is_filled = self.default.as_deref().is_some_and(|default| !default.trim().is_empty());
        self.required && self.active && !self.internal && !is_filled && !FILLED_BY_LOGIN.contains(&&*self.key)
    }

    /// Returns the length in the name of a text's type.
    fn length(&self) -> Option<u16> {
        self.kind.strip_prefix("TEXTFIELD_")?.parse().ok()
    }

    fn stored(&self, value: &str) -> Option<String> {
        let within = |most: u16| value.chars().count() <= usize::from(most);
        let is_option =
            |value: &str| self.options.is_empty() || self.options.iter().any(|option| option.value == value);
        match self.kind.as_str() {
            "BOOLEAN" | "BOOLEAN_YESNO" => truth(value).map(|truth| truth.to_string()),
            "PASSWORD" => within(TEXT).then(|| value.to_owned()),
            "TEXTAREA" | "CODE_EDITOR" => (value.len() <= AREA).then(|| value.to_owned()),
            "COMBO" => (value.trim().is_empty() || is_option(value)).then(|| value.to_owned()),
            "MULTISELECT" => {
                let chosen = match serde_json::from_str::<Vec<String>>(value) {
                    Ok(chosen) => chosen,
                    Err(_) => value.split_whitespace().map(str::to_owned).collect(),
                };
                chosen.iter().all(|value| is_option(value)).then(|| chosen.join(" "))
            }
            _ => {
                let most = self.length().map_or(TEXT, |length| if matches!(length, 32 | 64) { TEXT } else { length });
                within(most).then(|| value.to_owned())
            }
        }
    }
}

/// Returns the truth of a boolean word (spec P 6.2).
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

/// Returns scheme and host of an address, unless a placeholder is in them.
fn fixed_host(address: &str) -> Option<&str> {
    let address = address.trim();
    let after = address.find("://")? + 3;
    let end = address[after..].find(['/', '?', '#']).map_or(address.len(), |at| after + at);
    Some(&address[..end]).filter(|host| !host.contains('{'))
}

fn invalid(key: &str) -> String {
    format!("Invalid value for configuration: {key}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(configuration: serde_json::Value) -> Definition {
        let document = json!({"name": "x", "authentication": {"type": "none"}, "configuration": configuration});
        Definition::read(&document).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn types_decide_which_values_are_accepted() {
        let definition = definition(json!([
            {"key": "short", "type": "TEXTFIELD_5"}, {"key": "token", "type": "TEXTFIELD_32"},
            {"key": "yes", "type": "BOOLEAN_YESNO"}, {"key": "any", "type": "COMBO"},
            {"key": "one", "type": "COMBO", "options": [{"value": "a", "description": "A"}]},
            {"key": "many", "type": "MULTISELECT", "options": [{"value": "a"}, {"value": "b"}]},
            {"key": "area", "type": "TEXTAREA"}, {"key": "odd", "type": "WORD"}
        ]));
        let stored = |key: &str, value: &str| definition.stored_value(key, value);
        let (long, longer, area) = ("x".repeat(1000), "x".repeat(1001), "x".repeat(AREA + 1));
        for (key, value, expected) in [
            ("short", "12345", Some("12345")),
            ("short", "123456", None),
            ("token", &long, Some(&*long)),
            ("token", &longer, None),
            ("odd", &longer, None),
            ("yes", "Yes", Some("true")),
            ("yes", "perhaps", None),
            ("any", "anything", Some("anything")),
            ("one", "a", Some("a")),
            ("one", "b", None),
            ("many", "b a", Some("b a")),
            ("many", r#"["a","b"]"#, Some("a b")),
            ("many", "a c", None),
            ("area", &longer, Some(&*longer)),
            ("area", &area, None),
            ("unknown", &area, Some(&*area)),
        ] {
            let expected = expected.map(str::to_owned).ok_or_else(|| invalid(key));
            assert_eq!(stored(key, value), expected, "{key}");
        }
    }

    #[test]
    fn entries_say_what_an_instance_needs() {
        let definition = definition(json!([
            {"key": "a", "required": true}, {"key": "b", "required": true, "defaultValue": "x"},
            {"key": "c", "required": true, "internal": true}, {"key": "d", "required": true, "active": false},
            {"key": "oauth.user.token", "required": true}, {"key": "session.id"}, {"key": "session.url"},
            {"key": "p", "type": "PASSWORD"}, {"key": "q", "isPrivate": true}
        ]));
        let infos = definition.configuration_infos();
        let required: Vec<&str> = infos.iter().filter(|info| info.required).map(|info| &*info.key).collect();
        assert_eq!(required, ["a"]);
        let masked: Vec<&str> = infos.iter().filter(|info| info.masked).map(|info| &*info.key).collect();
        assert_eq!(masked, ["oauth.user.token", "session.id", "p", "q"]);
        assert_eq!(infos[0].role, ConfigurationRole::Access);
        assert_eq!(infos[2].role, ConfigurationRole::Plain);
        assert_eq!(infos[7].kind, ConfigurationType::Password);
    }

    #[test]
    fn entries_keep_the_names_of_their_types() {
        let types = ["TEXTFIELD_32", "TEXTAREA", "BOOLEAN", "BOOLEAN_YESNO", "COMBO", "MULTISELECT", "CODE_EDITOR"];
        let entries: Vec<_> = types.iter().map(|word| json!({"key": word, "type": word})).collect();
        let names = |entries| definition(json!(entries)).configuration_infos().into_iter().map(|info| info.kind.name());
        assert_eq!(names(entries).collect::<Vec<_>>(), types);
        let other = vec![json!({"key": "a", "type": "WORD"}), json!({"key": "b"})];
        assert_eq!(names(other).collect::<Vec<_>>(), ["TEXTFIELD_1000", "TEXTFIELD_1000"]);
    }

    #[test]
    fn a_control_chooses_the_group() {
        let definition = definition(json!([
            {"key": "kind", "groupControl": true, "defaultValue": "one"},
            {"key": "a", "groupBy": "one,two"}, {"key": "b", "groupBy": "two"}, {"key": "c"}
        ]));
        let used = |pairs: &[(&str, &str)]| {
            let entries = definition.configuration.iter();
            let used = entries.filter(|entry| definition.applies(entry, &values(pairs))).map(|entry| &*entry.key);
            used.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(used(&[]), "kind a c");
        assert_eq!(used(&[("kind", "two")]), "kind a b c");
        assert_eq!(used(&[("kind", "three")]), "kind c");
    }

    #[test]
    fn the_secrets_of_the_author_stay_with_his_host() {
        let definition = definition(json!([
            {"key": "base.url", "defaultValue": "https://api.example/v1"}, {"key": "key", "type": "PASSWORD", "defaultValue": "s"},
            {"key": "oauth.token.url", "defaultValue": "https://{site}.example/token"}
        ]));
        let check = |pairs: &[(&str, &str)]| definition.check_hosts(&values(pairs));
        let refused = Err("Invalid value for configuration: base.url".to_owned());
        assert_eq!(check(&[("base.url", "https://api.example/v2"), ("key", "s")]), Ok(()));
        for other in ["https://other.example/v1", "http://api.example/v1", "https://{host}/v1", "{host}"] {
            assert_eq!(check(&[("base.url", other), ("key", "s")]), refused, "{other}");
            assert_eq!(check(&[("base.url", other), ("key", "own")]), Ok(()));
        }
        assert_eq!(check(&[("oauth.token.url", "https://other.example"), ("key", "s")]), Ok(()));
    }
}
