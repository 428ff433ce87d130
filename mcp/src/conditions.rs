//! Conditions, lists of fields and orders: read, and held to the fields that may be asked for.

use std::collections::BTreeSet;

use elementkit::Record;
use elementkit::privacy::{MaskedFields, Privacy};
use elementkit::query::{parse_fields, parse_order_by, parse_where};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

/// The records and fields that a tool asks for. A masked field can be shown, masked; it cannot decide which records are found, nor
/// their order or group, because that would tell its value.
///
/// A job keeps the fields, and those that decide.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Selection {
    /// Condition, as it is sent.
    #[serde(skip)]
    pub condition: Option<String>,
    /// Fields to show; all if empty.
    pub fields: Vec<String>,
    /// Order, as it is sent.
    #[serde(skip)]
    pub order: Option<String>,
    /// Fields that decide.
    pub deciding: BTreeSet<String>,
}

impl Selection {
    /// Reads the texts of a request.
    pub fn read(privacy: &Privacy, condition: Option<&str>, fields: &[String], order: Option<&str>) -> Outcome<Self> {
        let mut deciding = BTreeSet::new();
        let parsed = parse_where(condition.unwrap_or_default());
        let parsed = parsed.map_err(|error| Failure::unreadable("where", &error))?;
        for comparison in parsed.iter().flat_map(|parsed| parsed.comparisons()) {
            deciding.insert(comparison.field.name.clone());
        }
        let order = order.filter(|order| !order.trim().is_empty());
        let keys = parse_order_by(order.unwrap_or_default()).map_err(|error| Failure::unreadable("order_by", &error));
        if order.is_some() {
            deciding.extend(keys?.into_iter().map(|key| key.field.name));
        }
        deciding.iter().try_for_each(|field| may_decide(privacy, field))?;
        let listed = fields.join(",");
        let fields = parse_fields(&listed).map_err(|error| Failure::unreadable("fields", &error))?;
        let condition = parsed.map(|parsed| parsed.to_string());
        Ok(Self { condition, fields, order: order.map(str::to_owned), deciding })
    }

    /// Returns the fields to read: those to show, and those that decide, because a value of them that is masked must be seen.
    /// `None` for all.
    pub fn read_fields(&self) -> Option<String> {
        if self.fields.is_empty() || self.deciding.iter().any(|field| !is_plain(field)) {
            return None;
        }
        let more = self.deciding.iter().filter(|field| !self.fields.contains(field));
        Some(self.fields.iter().chain(more).map(String::as_str).collect::<Vec<_>>().join(","))
    }

    /// Removes what was read but is not to be shown.
    pub fn trim(&self, record: &mut Record) {
        if self.fields.is_empty() {
            return;
        }
        let is_of = |field: &String, name: &str| {
            let below = field.strip_prefix(name);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        record.retain(|name, _| self.fields.iter().any(|field| is_of(field, name)));
    }

    /// Returns whether a record may count: no value that was masked has decided about it.
    pub fn may_count(&self, masked: &MaskedFields) -> bool {
        let decided = |path: &String| self.deciding.iter().any(|field| overlap(field, path));
        !masked.values.iter().any(decided)
    }
}

/// Fails if a field is masked, and so must not decide about records.
pub fn may_decide(privacy: &Privacy, field: &str) -> Outcome<()> {
    if !privacy.is_masked(field) {
        return Ok(());
    }
    let message = format!("the field {field} is masked: it cannot be used in conditions, orders and groups");
    Err(Failure::wrong(message, "Use another field. The operator of this server can show a field with --reveal."))
}

/// Returns whether a field can be asked for by its name: it is no path, and needs no quotes.
fn is_plain(field: &str) -> bool {
    !field.contains(['[', ',', '.'])
}

/// Returns whether one path is the other or below it.
fn overlap(left: &str, right: &str) -> bool {
    let bare = |path: &str| {
        let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
        parts
            .filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'))
            .collect::<Vec<_>>()
            .join(".")
            .to_lowercase()
    };
    let (left, right) = (bare(left) + ".", bare(right) + ".");
    left.starts_with(&right) || right.starts_with(&left)
}

#[cfg(test)]
mod tests {
    use elementkit::privacy::PrivacyRules;

    use super::*;

    fn read(condition: &str, fields: &[&str], order: &str) -> Outcome<Selection> {
        let privacy = Privacy::new("contacts", [], &PrivacyRules::default());
        let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        Selection::read(&privacy, Some(condition), &fields, Some(order))
    }

    #[test]
    fn masked_fields_decide_nothing() {
        for (condition, order) in [
            ("email = 'a'", ""),
            ("id = 1 or not (x = 2 and lastName like 'A%')", ""),
            ("owner.email is null", ""),
            ("`email` in ('a')", ""),
            ("id = 1", "id, phone desc"),
        ] {
            assert!(read(condition, &[], order).is_err(), "{condition} {order}");
        }
        assert!(read("industry like '%health%'", &["email"], "id desc").is_ok());
        assert!(read("a = ", &[], "").is_err());
    }

    #[test]
    fn records_with_masked_values_in_deciding_fields_do_not_count() {
        let selection = read("note like 'a%' and user.x[0] = 1", &["id"], "").expect("valid");
        assert_eq!(selection.read_fields(), None, "a path is read with all it belongs to");
        let plain = read("note like 'a%'", &["id", "at.x"], "").expect("valid");
        assert_eq!(plain.read_fields().as_deref(), Some("id,at.x,note"));
        let mut record =
            serde_json::json!({"id": 1, "at": {"x": 2}, "atx": 3, "note": 4}).as_object().cloned().unwrap();
        plain.trim(&mut record);
        assert_eq!(record.keys().collect::<Vec<_>>(), ["id", "at"]);
        let masked = |path: &str| MaskedFields { values: [path.to_owned()].into(), ..MaskedFields::default() };
        assert!(!selection.may_count(&masked("note")) && !selection.may_count(&masked("user")));
        assert!(selection.may_count(&masked("other")) && selection.may_count(&masked("notes")));
    }
}
