//! The body of a create or an update, validated before any lookup (spec P 6.2, 6.3, 6.5).

use serde_json::{Map, Value};

use crate::engine::failure::Failure;
use crate::markup::without_markup;

const MAX_LENGTH: usize = 255;

/// Name and tags of a body, sanitized. `None` if absent or null.
pub(super) struct Naming {
    pub name: Option<String>,
    pub tags: Option<Vec<String>>,
}

impl Naming {
    pub fn of(body: &Map<String, Value>) -> Result<Self, Failure> {
        Ok(Self { name: name_of(body)?, tags: tags_of(body)? })
    }
}

pub(super) fn name_required() -> Failure {
    Failure::bad_request("name is required")
}

/// Returns the `configuration` of a body.
pub(super) fn configuration_of(body: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Failure> {
    match given(body, "configuration") {
        None => Ok(None),
        Some(Value::Object(given)) => Ok(Some(given.clone())),
        Some(_) => Err(Failure::bad_request("configuration must be an object")),
    }
}

/// Returns a member that is present and not null.
fn given<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn name_of(body: &Map<String, Value>) -> Result<Option<String>, Failure> {
    let Some(name) = given(body, "name") else { return Ok(None) };
    let name = without_markup(name.as_str().ok_or_else(|| Failure::bad_request("name must be a text"))?);
    match name.chars().count() {
        0 => Err(name_required()),
        1..=MAX_LENGTH => Ok(Some(name)),
        _ => Err(Failure::bad_request(format!("name is longer than {MAX_LENGTH} characters"))),
    }
}

/// Returns the tags in order, without duplicates.
fn tags_of(body: &Map<String, Value>) -> Result<Option<Vec<String>>, Failure> {
    let Some(tags) = given(body, "tags") else { return Ok(None) };
    let wrong = || Failure::bad_request("tags must be an array of texts");
    let mut found: Vec<String> = Vec::new();
    for tag in tags.as_array().ok_or_else(wrong)? {
        let tag = without_markup(tag.as_str().ok_or_else(wrong)?);
        if tag.chars().count() > MAX_LENGTH {
            return Err(Failure::bad_request(format!("a tag is longer than {MAX_LENGTH} characters")));
        }
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
    Ok(Some(found))
}
