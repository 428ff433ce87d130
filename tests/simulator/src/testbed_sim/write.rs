//! Writes of accounts.

use serde_json::{Map, Value, json};

use super::record;
use super::request::{Asked, Parsed, Refusal, refuse};
use super::world::{List, World};
use crate::records::parse_date;

/// Maximum length of a name, in characters.
const NAME_LENGTH: usize = 200;

/// Result of a write.
pub(super) enum Written {
    Created(u64),
    Changed(u64),
    Deleted,
    Merged { into: u64, notes: usize },
}

/// Writes what a request asks for.
pub(super) fn write(world: &mut World, asked: &Asked, body: &[u8]) -> Parsed<Written> {
    let object = || match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => refuse(400, "invalid_json", "the body is not a JSON object".to_owned()),
    };
    match *asked {
        Asked::Create => {
            let members = object()?;
            validate(&members)?;
            Ok(Written::Created(world.create(members)))
        }
        Asked::Replace(account) => {
            let members = object()?;
            validate(&members)?;
            world.write(account, members);
            Ok(Written::Changed(account))
        }
        Asked::Update(account) => {
            let mut members = Value::Object(world.members(account));
            merge_patch(&mut members, Value::Object(object()?));
            let Value::Object(members) = members else { return refuse(400, "invalid_json", String::new()) };
            validate(&members)?;
            world.write(account, members);
            Ok(Written::Changed(account))
        }
        Asked::Delete(account) => {
            world.delete(account);
            Ok(Written::Deleted)
        }
        Asked::Merge(into) => {
            let members = object()?;
            let from = members.get("from").and_then(Value::as_str).and_then(|id| world.account_of_id(id));
            match from {
                None => invalid(vec![("from".to_owned(), "is not an account")]),
                Some(from) if from == into => refuse(409, "same_account", "the two accounts are the same".to_owned()),
                Some(from) => Ok(Written::Merged { into, notes: world.merge(from, into) }),
            }
        }
        Asked::Me | Asked::Page(_) | Asked::Record(..) => refuse(405, "method_not_allowed", String::new()),
    }
}

impl Written {
    /// Returns status and document of the response.
    pub fn answer(&self, world: &World) -> (u16, Option<Value>) {
        let account = |account: u64| record::value(world, List::Accounts, account);
        match *self {
            Self::Created(number) => (201, Some(account(number))),
            Self::Changed(number) => (200, Some(account(number))),
            Self::Deleted => (204, None),
            Self::Merged { into, notes } => (200, Some(json!({"account": account(into), "movedNotes": notes}))),
        }
    }
}

/// Checks the members of an account.
fn validate(members: &Map<String, Value>) -> Parsed<()> {
    let mut wrong = Vec::new();
    if !members.contains_key("name") {
        wrong.push(("name".to_owned(), "is required"));
    }
    for (name, value) in members {
        if let Some(problem) = problem(name, value) {
            wrong.push((name.clone(), problem));
        }
    }
    if wrong.is_empty() { Ok(()) } else { invalid(wrong) }
}

fn problem(name: &str, value: &Value) -> Option<&'static str> {
    let (valid, problem) = match name {
        "name" => {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            ((1..=NAME_LENGTH).contains(&length), "is not a text of 1 to 200 characters")
        }
        "active" => (value.is_boolean(), "is not a boolean"),
        "employees" => (value.is_u64() || value.is_null(), "is not a count"),
        "rating" => (value.is_number() || value.is_null(), "is not a number"),
        "balance" => (value.is_number(), "is not a number"),
        "website" => (value.is_string() || value.is_null(), "is not a text"),
        "customerSince" => {
            let is_date = |text: &str| text.len() == 10 && parse_date(text).is_some();
            (value.as_str().map_or(value.is_null(), is_date), "is not a date")
        }
        "address" => (value.is_object() || value.is_null(), "is not an object"),
        "tags" => (value.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)), "is not an array of texts"),
        "owner" => (value["id"].is_string(), "is not a person"),
        "id" | "createdAt" | "updatedAt" => (false, "is read-only"),
        own if own.starts_with("x_") => (true, ""),
        _ => (false, "is unknown"),
    };
    (!valid).then_some(problem)
}

fn invalid<T>(details: Vec<(String, &'static str)>) -> Parsed<T> {
    let message = "the account is not valid".to_owned();
    Err(Refusal { status: 422, code: "validation_failed", message, details })
}

/// Applies a merge patch (RFC 7396).
fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(&name);
        } else {
            merge_patch(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_merged() {
        let mut target = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]});
        merge_patch(&mut target, json!({"a": null, "b": {"c": null, "f": {"g": null}}, "e": [2]}));
        assert_eq!(target, json!({"b": {"d": 3, "f": {}}, "e": [2]}));
    }
}
