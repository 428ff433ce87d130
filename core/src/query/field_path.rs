//! Resolution of fields: a column and a path inside its JSON (spec P 8.3, 8.5).

use serde_json::Value as Json;

use super::Field;
use super::literal::Number;
use super::predicate::{Predicate, Scalar};
use crate::record::{Row, Schema, Value};

/// Location of a field.
#[derive(Clone, Debug)]
pub(super) struct FieldPath {
    /// The column; `None` if the schema has no such field.
    column: Option<usize>,
    /// Path inside the column's JSON.
    path: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Index(usize),
    /// `[*]`, which is implied for arrays.
    Every,
}

impl FieldPath {
    /// Resolves a field; a quoted one is first tried as a single name (spec P 8.3).
    pub fn find(field: &Field, schema: &Schema) -> Self {
        let single = field.quoted || !field.name.contains(['.', '[']);
        if let Some(column) = schema.position(&field.name).filter(|_| single) {
            return Self { column: Some(column), path: Vec::new() };
        }
        let mut steps = steps_of(&field.name);
        let first = if steps.is_empty() { None } else { Some(steps.remove(0)) };
        let column = match first {
            Some(Step::Member(name)) => schema.position(&name),
            _ => None,
        };
        Self { column, path: steps }
    }

    pub fn ask(&self, row: Row<'_>, question: &Predicate) -> bool {
        let value = self.column.map_or(Value::Null, |column| row.get(column));
        match value {
            Value::Null => matches!(question, Predicate::Null),
            Value::Json(text) => match serde_json::from_str(text) {
                Ok(json) => ask_json(Some(&json), &self.path, question),
                Err(_) => false,
            },
            // A path into a value without members does not exist.
            _ if !self.path.is_empty() => matches!(question, Predicate::Null),
            Value::Bool(value) => question.answer(Scalar::Bool(value)),
            Value::Int(value) => question.answer(Scalar::Number(Number::Int(value))),
            Value::Float(value) => question.answer(Scalar::Number(Number::Float(value))),
            Value::Date(seconds) => question.answer(Scalar::Date(seconds)),
            Value::Text(text) => question.answer(Scalar::Text(text)),
        }
    }
}

/// Splits a path such as `a.b[0].c[*]` into steps.
fn steps_of(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, indexes) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        match indexes_of(indexes) {
            Some(indexes) if !name.is_empty() => {
                steps.push(Step::Member(name.to_owned()));
                steps.extend(indexes);
            }
            // A quoted name may contain brackets that are not an index.
            _ => steps.push(Step::Member(part.to_owned())),
        }
    }
    steps
}

fn indexes_of(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        steps.push(match index {
            "*" => Step::Every,
            _ if digits => Step::Index(index.parse().unwrap_or(usize::MAX)),
            _ => return None,
        });
        text = rest;
    }
    Some(steps)
}

/// Returns the first comparable value at the end of a path.
fn first<'a>(json: &'a Json, path: &[Step]) -> Option<&'a Json> {
    match (json, path) {
        (Json::Array(items), [Step::Index(index), rest @ ..]) => first(items.get(*index)?, rest),
        (Json::Array(items), [Step::Every, rest @ ..]) => items.iter().find_map(|item| first(item, rest)),
        (Json::Array(items), path) => items.iter().find_map(|item| first(item, path)),
        (Json::Object(members), [Step::Member(name), rest @ ..]) => first(members.get(name)?, rest),
        (value, []) => Scalar::of(value).map(|_| value),
        _ => None,
    }
}

/// Returns the sort value of a row for a path below one of its columns.
pub(super) fn first_below(row: Row<'_>, field: &Field) -> Option<Json> {
    let FieldPath { column, path } = FieldPath::find(field, row.schema());
    match row.get(column?) {
        Value::Json(text) => first(&serde_json::from_str(text).ok()?, &path).cloned(),
        _ => None,
    }
}

/// Tests the value at the end of a path. In an array, one matching element suffices; a negative predicate requires
/// that no element matches the positive one and that there is at least one value.
fn ask_json(json: Option<&Json>, path: &[Step], question: &Predicate) -> bool {
    if let Predicate::Negative(positive) = question {
        return has_scalar(json, path) && !ask_json(json, path, positive);
    }
    let about_null = matches!(question, Predicate::Null | Predicate::NotNull);
    match (json, path) {
        (None | Some(Json::Null), _) => matches!(question, Predicate::Null),
        // An array or object is not null, whatever it contains.
        (Some(_), []) if about_null => matches!(question, Predicate::NotNull),
        (Some(Json::Array(items)), [Step::Index(index), rest @ ..]) => ask_json(items.get(*index), rest, question),
        (Some(Json::Array(items)), [Step::Every, rest @ ..]) => ask_any(items, rest, question),
        (Some(Json::Array(items)), path) => ask_any(items, path, question),
        (Some(Json::Object(members)), [Step::Member(name), rest @ ..]) => ask_json(members.get(name), rest, question),
        (Some(value), []) => Scalar::of(value).is_some_and(|scalar| question.answer(scalar)),
        // A path into a value without members does not exist.
        _ => matches!(question, Predicate::Null),
    }
}

fn ask_any(items: &[Json], path: &[Step], question: &Predicate) -> bool {
    items.iter().any(|item| ask_json(Some(item), path, question))
}

/// Returns whether there is a comparable value at the end of the path.
fn has_scalar(json: Option<&Json>, path: &[Step]) -> bool {
    match (json, path) {
        (None | Some(Json::Null), _) => false,
        (Some(Json::Array(items)), [Step::Index(index), rest @ ..]) => has_scalar(items.get(*index), rest),
        (Some(Json::Array(items)), [Step::Every, rest @ ..]) => items.iter().any(|item| has_scalar(Some(item), rest)),
        (Some(Json::Array(items)), path) => items.iter().any(|item| has_scalar(Some(item), path)),
        (Some(Json::Object(members)), [Step::Member(name), rest @ ..]) => has_scalar(members.get(name), rest),
        (Some(value), []) => Scalar::of(value).is_some(),
        _ => false,
    }
}
