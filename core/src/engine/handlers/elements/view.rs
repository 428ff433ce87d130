//! Elements of organizations as responses show them (spec E 2.8, E 2.10, E 2.39).

use serde_json::{Value, json};

use crate::elements::definition::export::exported;
use crate::elements::definition::masks::mask_defaults;
use crate::elements::definition::parts::Members;
use crate::engine::store::{ElementHead, UserRow};

/// Whether secrets among the defaults are hidden (spec E 2.39).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    Nothing,
    Secrets,
}

/// Amount of an element that a response shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All parts.
    Whole,
    /// Configuration only, as in lists (spec E 2.10).
    Short,
}

impl Hidden {
    /// Returns what a user may not see.
    pub fn for_user(user: Option<&UserRow>) -> Self {
        if user.is_some_and(UserRow::writes_elements) { Self::Nothing } else { Self::Secrets }
    }
}

/// Returns the element object of spec P 5.1 with all parts of the definition.
pub(crate) fn object(head: &ElementHead, document: &Value, hidden: Hidden, shown: Shown) -> Members {
    let mut members = export(head, document, hidden);
    let name = members.get("name").cloned().unwrap_or_default();
    for (key, default) in
        [("description", &name), ("hookName", &name), ("image", &json!("")), ("signupURL", &json!(""))]
    {
        let member = members.entry(key).or_insert_with(|| default.clone());
        if member.is_null() {
            *member = default.clone();
        }
    }
    members.entry("defaultTransformations").or_insert_with(|| json!([]));
    members.insert("revision".to_owned(), head.revision.into());
    if shown == Shown::Short {
        for part in ["resources", "parameters", "hooks", "objects"] {
            members.insert(part.to_owned(), json!([]));
        }
        members.shift_remove("models");
    }
    members
}

/// Returns the definition as an export gives it (spec E 1.97).
pub(crate) fn export(head: &ElementHead, document: &Value, hidden: Hidden) -> Members {
    let Value::Object(mut members) = exported(document) else { return Members::new() };
    members.insert("key".to_owned(), head.key.clone().into());
    members.insert("active".to_owned(), head.active.into());
    if hidden == Hidden::Secrets
        && let Some(configuration) = members.get_mut("configuration")
    {
        mask_defaults(configuration);
    }
    members
}
