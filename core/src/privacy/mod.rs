//! Fields that identify people, and what remains of records without them. For callers that must not see personal data,
//! such as assistants (`docs/decisions/0015-agents.md`).
//!
//! A field is personal by a mark of its element or by its name; a value also by its form, as the e-mail addresses in a
//! text. Fields that hold secrets are masked without exception.

mod names;
mod values;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use names::Sense;
pub use values::visible;

/// Replacement for the value of a masked field.
pub const MASKED: &str = "[masked]";

/// Name in [`PrivacyRules::revealed`] that reveals every field but secrets.
pub const EVERYTHING: &str = "*";

/// Fields that are shown or masked against the rule, by name or by `object.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivacyRules {
    /// Fields that are shown though they identify people.
    pub revealed: Vec<String>,
    /// Fields that are masked though nothing else marks them.
    pub masked: Vec<String>,
}

/// The decision about every field of one object.
#[derive(Clone, Debug)]
pub struct Privacy {
    /// All names of the object.
    names: Vec<String>,
    /// Whether the records are people, so that a `name` is that of a person.
    is_people: bool,
    marks: BTreeSet<String>,
    rules: PrivacyRules,
}

/// Paths of the fields of a record that were masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedFields {
    /// Fields that are masked in every record.
    pub fields: BTreeSet<String>,
    /// Fields whose value was masked, in whole or in part, because of its form.
    pub values: BTreeSet<String>,
}

impl Privacy {
    /// Creates the decision for an object, with the fields that its element marks as personal.
    pub fn new(object: &str, marks: impl IntoIterator<Item = String>, rules: &PrivacyRules) -> Self {
        Self {
            names: vec![object.to_owned()],
            is_people: names::is_people(object),
            marks: marks.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
            rules: rules.clone(),
        }
    }

    /// Adds further names of the object, by which rules may mean it.
    #[must_use]
    pub fn named(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names);
        self.is_people = self.names.iter().any(|name| names::is_people(name));
        self
    }

    /// Returns whether the values of a field are masked. A path such as `owner.email` or `people[0].name` is masked if
    /// one of its parts is.
    pub fn is_masked(&self, path: &str) -> bool {
        let parts: Vec<&str> = names::parts(path).collect();
        (1..=parts.len()).any(|end| self.is_part_masked(&parts[..end]))
    }

    fn is_part_masked(&self, parts: &[&str]) -> bool {
        let Some((name, above)) = parts.split_last() else { return false };
        let sense = names::sense(name);
        if sense == Some(Sense::Secret) {
            return true;
        }
        if self.is_listed(&self.rules.masked, parts) {
            return true;
        }
        if self.is_revealed(parts) {
            return false;
        }
        let is_of_person = || above.last().map_or(self.is_people, |above| names::is_people(above));
        self.marks.contains(&parts.join(".").to_ascii_lowercase())
            || sense == Some(Sense::Personal)
            || (sense == Some(Sense::Name) && is_of_person())
    }

    fn is_revealed(&self, parts: &[&str]) -> bool {
        let all = self.rules.revealed.iter().any(|rule| rule == EVERYTHING);
        all || (1..=parts.len()).any(|end| self.is_listed(&self.rules.revealed, &parts[..end]))
    }

    fn is_listed(&self, list: &[String], parts: &[&str]) -> bool {
        let path = parts.join(".");
        let is_path = |listed: &str| {
            listed.eq_ignore_ascii_case(&path) || parts.last().is_some_and(|name| listed.eq_ignore_ascii_case(name))
        };
        list.iter().any(|listed| {
            let is_own = |object: &str| self.names.iter().any(|name| name.eq_ignore_ascii_case(object));
            let of_object = listed.split_once('.').filter(|(object, _)| is_own(object));
            is_path(listed) || of_object.is_some_and(|(_, path)| is_path(path))
        })
    }

    /// Masks a record. Absent and null values stay, as do true and false.
    pub fn mask(&self, record: &mut Map<String, Value>) -> MaskedFields {
        let mut found = MaskedFields::default();
        self.mask_members(record, &[], &mut found);
        found
    }

    fn mask_members(&self, members: &mut Map<String, Value>, above: &[&str], found: &mut MaskedFields) {
        for (name, value) in members {
            // A name with dots counts as the path that it looks like.
            let parts: Vec<&str> = above.iter().copied().chain(names::parts(name)).collect();
            if self.is_masked(&parts.join(".")) {
                if hide(value) {
                    found.fields.insert(parts.join("."));
                }
            } else {
                self.mask_value(value, &parts, found);
            }
        }
    }

    fn mask_value(&self, value: &mut Value, parts: &[&str], found: &mut MaskedFields) {
        match value {
            Value::Object(members) => self.mask_members(members, parts, found),
            Value::Array(elements) => {
                elements.iter_mut().for_each(|element| self.mask_value(element, parts, found));
            }
            Value::String(text) if !self.is_revealed(parts) => {
                if let Some(masked) = values::masked(text) {
                    *text = masked;
                    found.values.insert(parts.join("."));
                }
            }
            _ => {}
        }
    }
}

/// Replaces a value. Returns whether there was one.
fn hide(value: &mut Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => return false,
        Value::Array(elements) if elements.is_empty() => return false,
        _ => *value = Value::from(MASKED),
    }
    true
}

/// Returns a text without the e-mail addresses, telephone numbers and IP addresses in it.
pub fn mask_text(text: &str) -> String {
    values::masked(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn privacy(object: &str) -> Privacy {
        Privacy::new(object, ["presenter".to_owned()], &PrivacyRules::default())
    }

    #[test]
    fn fields_are_masked_by_name_mark_and_object() {
        let contacts = privacy("contacts");
        for path in ["email", "firstName", "e_mail", "owner.Email", "people[0].phone", "name", "presenter", "api-key"] {
            assert!(contacts.is_masked(path), "{path}");
        }
        for path in ["id", "userId", "industry", "country", "jobTitle", "companyName", "lastUpdated", "channel.name"] {
            assert!(!contacts.is_masked(path), "{path}");
        }
        assert!(!privacy("channels").is_masked("name") && privacy("tickets").is_masked("requester.name"));
    }

    #[test]
    fn rules_reveal_and_mask_fields_but_never_secrets() {
        let rules = PrivacyRules {
            revealed: ["email", "leads.phone", "password"].map(str::to_owned).into(),
            masked: vec!["contacts.industry".to_owned()],
        };
        let of = |object: &str| Privacy::new(object, [], &rules);
        assert!(!of("contacts").is_masked("email") && !of("contacts").is_masked("owner.email"));
        assert!(!of("leads").is_masked("phone") && of("contacts").is_masked("phone"));
        assert!(of("contacts").is_masked("industry") && !of("leads").is_masked("industry"));
        assert!(of("contacts").is_masked("password"));
        // Rules may mean an object by any of its names.
        let named = of("channelsContacts").named(["contacts".to_owned(), "leads".to_owned()]);
        assert!(!of("channelsContacts").is_masked("industry") && named.is_masked("industry"));
        assert!(of("channelsContacts").is_masked("phone") && !named.is_masked("phone"));
        assert!(Privacy::new("x", [], &rules).named(["leads".to_owned()]).is_masked("name"));
    }

    #[test]
    fn records_are_masked_in_depth() {
        let mut record = json!({
            "id": 7, "email": "a@b.example", "phone": null, "emailConfirmed": true,
            "note": "call +49 30 1234567 or a@b.example from 10.0.0.1", "user.email": "x",
            "owner": {"name": "Ann", "team": "sales"}, "tags": ["red", "ann@b.example"], "emails": [],
        });
        let Value::Object(members) = &mut record else { panic!() };
        let found = privacy("tickets").mask(members);
        assert_eq!(
            record,
            json!({
                "id": 7, "email": MASKED, "phone": null, "emailConfirmed": true,
                "note": "call [phone] or [email] from [ip]", "user.email": MASKED,
                "owner": {"name": MASKED, "team": "sales"}, "tags": ["red", "[email]"], "emails": [],
            })
        );
        assert_eq!(found.fields.into_iter().collect::<Vec<_>>(), ["email", "owner.name", "user.email"]);
        assert_eq!(found.values.into_iter().collect::<Vec<_>>(), ["note", "tags"]);
    }

    #[test]
    fn a_revealed_field_is_shown_whole() {
        let rules = PrivacyRules { revealed: vec!["note".to_owned()], ..PrivacyRules::default() };
        let mut record = json!({"note": "a@b.example", "other": "a@b.example"});
        let Value::Object(members) = &mut record else { panic!() };
        Privacy::new("tickets", [], &rules).mask(members);
        assert_eq!(record, json!({"note": "a@b.example", "other": "[email]"}));
    }
}
